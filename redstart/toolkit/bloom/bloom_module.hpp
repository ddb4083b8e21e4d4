// A Bloom filter whose bits a module of the server keeps (BF.*). Only bloom_filter.cpp needs it.
//
// Metadata and generations are as they are without it; a generation is one filter of the module, on its side. An item
// of ours in each says that it is whole: of a filter that is not there the module says that it holds nothing.

#pragma once

#include "redstart/toolkit/bloom/bloom_layout.hpp"

namespace redstart::toolkit::toolkit_detail {

// Each is one transaction, so that metadata and both sides are those of one moment. The numbers are those that the
// scripts answer, see bloom_filter_script.hpp.
task<std::vector<std::int64_t>> check_in_module(bloom_question asked,
                                                std::vector<std::string> keys);
task<std::vector<std::int64_t>> add_to_module(bloom_question asked, std::vector<std::string> keys);
// To a generation that is being built.
task<std::vector<std::int64_t>> feed_to_module(bloom_question asked, std::vector<std::string> keys,
                                               std::uint64_t generation);

task<> reserve_in_module(bloom_question asked, std::uint64_t generation);
task<bloom_report> report_of_module(bloom_question asked);

}  // namespace redstart::toolkit::toolkit_detail
