// What the kinds of operation are made of: each function sends commands of its caller and tells how each of them ended.
// The list of the kinds is in operations.cpp.

#pragma once

#include "tests/soak/caller.hpp"

namespace redstart::soak {

// batches.cpp: many commands with one result each, and transactions.
task<> echoes_in_a_vector(caller& who, std::int64_t commands);
task<> batch_of_three_kinds(caller& who, std::int64_t commands);
task<> atomic_three(caller& who, std::int64_t commands);
task<> atomic_batch_of_three_kinds(caller& who, std::int64_t commands);

// pairs.cpp: two keys that are counted up together.
task<> count_pair_twice(caller& who, std::int64_t commands);

// queues.cpp: pops that wait at the server.
task<> push_to_queue(caller& who, std::int64_t commands);
task<> pop_from_queue(caller& who, std::int64_t commands);
task<> move_in_queue(caller& who, std::int64_t commands);
task<> push_while_others_wait(caller& who, std::int64_t commands);

// channels.cpp: messages, and a subscription that hears them.
task<> publish_several(caller& who, std::int64_t commands);
task<> follow_channel(caller& who, std::int64_t commands);

}  // namespace redstart::soak
