// Feeds every file of a folder to a fuzz target, without libFuzzer, so that target and corpus are tried in every build:
//
//     parser_replay tests/fuzz/corpus/parser
//
// Each file is a case, and one that breaks the target ends the program; its name is the last line then.

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size);

namespace {

std::vector<std::filesystem::path> files_in(std::filesystem::path const& folder)
{
    std::vector<std::filesystem::path> found;
    for (auto const& entry : std::filesystem::directory_iterator{folder})
        if (entry.is_regular_file())
            found.push_back(entry.path());
    std::ranges::sort(found);
    return found;
}

// Of exactly the right size on the heap, where AddressSanitizer sees a read beyond the end.
std::vector<std::uint8_t> content_of(std::filesystem::path const& file)
{
    std::ifstream in{file, std::ios::binary};
    in.exceptions(std::ios::badbit | std::ios::failbit);
    std::vector<std::uint8_t> bytes(std::filesystem::file_size(file));
    in.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    return bytes;
}

}  // namespace

int main(int count, char** arguments)
{
    if (count != 2) {
        std::cerr << "usage: " << arguments[0] << " <corpus folder>\n";
        return 2;
    }
    auto const files = files_in(arguments[1]);
    for (auto const& file : files) {
        std::cout << file.filename().string() << std::endl;
        auto const bytes = content_of(file);
        LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
    }
    // An empty corpus is a mistake in a path, and would pass for ever.
    std::cout << files.size() << " passed, " << (files.empty() ? 1 : 0) << " failed\n";
    return files.empty() ? 1 : 0;
}
