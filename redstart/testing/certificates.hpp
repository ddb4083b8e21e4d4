// Certificates for tests: made when they are needed, in a folder of the test, so that no key is kept anywhere.
//
//     certificate_authority const authority{folder.path(), "authority"};
//     auto const server = authority.issue("server", {.names = {"DNS:localhost", "IP:127.0.0.1"}});

#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace redstart::testing {

// Two PEM files.
struct certificate {
    std::string certificate_file;
    std::string private_key_file;
};

struct certificate_options {
    std::vector<std::string> names{"DNS:localhost", "IP:127.0.0.1"};
    bool expired = false;
};

// Signs itself. Throws std::runtime_error when OpenSSL or the folder refuses.
class certificate_authority {
public:
    certificate_authority(std::filesystem::path folder, std::string const& name);
    certificate_authority(certificate_authority const&) = delete;
    certificate_authority& operator=(certificate_authority const&) = delete;
    ~certificate_authority();

    std::string const& file() const noexcept { return own_.certificate_file; }

    // Writes <name>.crt and <name>.key into the folder, over what was there.
    certificate issue(std::string const& name, certificate_options const& options = {}) const;

private:
    struct signer;

    std::filesystem::path folder_;
    certificate own_;
    std::unique_ptr<signer> signer_;
};

}  // namespace redstart::testing
