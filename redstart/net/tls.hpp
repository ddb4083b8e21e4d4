// How a connection is encrypted, and whom it trusts.

#pragma once

#include <string>

namespace redstart::net {

// TLS 1.2 or newer. The files are PEM, and are read at every dial, so that new ones serve the next connection.
struct tls_options {
    bool enabled = false;

    // The name that the server's certificate must carry, and that is asked for (SNI). Empty: the host of the endpoint.
    // It may be an address.
    std::string server_name{};

    // Whose certificates are trusted. Both empty: those that the system trusts.
    std::string ca_file{};
    std::string ca_directory{};  // with the names that `openssl rehash` makes

    // Who we are (mutual TLS). Neither or both; the key is not encrypted.
    // with the certificates between it and the root, if there are any
    std::string certificate_file{};
    std::string private_key_file{};

    // Talks to anybody who answers: whoever sits in between reads passwords and data, and can change them.
    bool insecure_accept_any_certificate = false;
};

}  // namespace redstart::net
