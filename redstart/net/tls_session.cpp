#include "redstart/net/tls_session.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace redstart::net {

namespace {

constexpr std::size_t input_size = 64 * 1024;
// four records: what is encrypted before any of it is sent
constexpr std::size_t burst_size = 64 * 1024;

struct context_closer {
    void operator()(SSL_CTX* context) const noexcept { ::SSL_CTX_free(context); }
};
using context_ptr = std::unique_ptr<SSL_CTX, context_closer>;

// The first error is the cause, those behind it are its consequences.
std::string first_error()
{
    auto const code = ::ERR_peek_error();
    if (code == 0)
        return "unknown error";
    if (ERR_SYSTEM_ERROR(code))
        return std::strerror(ERR_GET_REASON(code));
    auto const* const text = ::ERR_reason_error_string(code);
    return text ? text : "error " + std::to_string(code);
}

[[noreturn]] void cannot_use(std::string_view what, std::string const& path)
{
    auto const why = first_error();
    ::ERR_clear_error();
    throw std::runtime_error{"TLS: cannot use the " + std::string{what} + " " + path + ": " + why};
}

// Without this, OpenSSL would ask on the terminal.
int no_pass_phrase(char*, int, int, void*) { return 0; }

void trust(SSL_CTX* context, tls_options const& options)
{
    ::SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    if (options.ca_file.empty() && options.ca_directory.empty())
        ::SSL_CTX_set_default_verify_paths(context);
    if (!options.ca_file.empty() &&
        ::SSL_CTX_load_verify_file(context, options.ca_file.c_str()) != 1)
        cannot_use("CA file", options.ca_file);
    if (!options.ca_directory.empty() &&
        ::SSL_CTX_load_verify_dir(context, options.ca_directory.c_str()) != 1)
        cannot_use("CA directory", options.ca_directory);
}

void identify(SSL_CTX* context, tls_options const& options)
{
    auto const& certificate = options.certificate_file;
    auto const& key = options.private_key_file;
    if (certificate.empty() != key.empty())
        throw std::runtime_error{
            "TLS: a certificate needs its private key, and the other way round"};
    if (certificate.empty())
        return;
    ::SSL_CTX_set_default_passwd_cb(context, no_pass_phrase);
    if (::SSL_CTX_use_certificate_chain_file(context, certificate.c_str()) != 1)
        cannot_use("certificate file", certificate);
    if (::SSL_CTX_use_PrivateKey_file(context, key.c_str(), SSL_FILETYPE_PEM) != 1)
        cannot_use("private key file", key);
}

context_ptr make_context(tls_options const& options)
{
    context_ptr made{::SSL_CTX_new(::TLS_client_method())};
    if (!made)
        throw std::runtime_error{"TLS: " + first_error()};
    ::SSL_CTX_set_min_proto_version(made.get(), TLS1_2_VERSION);
    ::SSL_CTX_set_options(made.get(), SSL_OP_NO_RENEGOTIATION);
    if (!options.insecure_accept_any_certificate)
        trust(made.get(), options);
    identify(made.get(), options);
    return made;
}

// The name that the certificate must carry. Only names are asked for; an address has no SNI (RFC 6066).
void expect(SSL* session, std::string const& name)
{
    if (::X509_VERIFY_PARAM_set1_ip_asc(::SSL_get0_param(session), name.c_str()) == 1)
        return;
    ::SSL_set_hostflags(session, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    if (::SSL_set1_host(session, name.c_str()) != 1 ||
        SSL_set_tlsext_host_name(session, name.c_str()) != 1)
        throw std::runtime_error{"TLS: not the name of a server: " + name};
}

}  // namespace

// How OpenSSL reads and writes: our buffers. What is written is always taken.
struct tls_bytes {
    static tls_session& owner(BIO* bio) noexcept
    {
        return *static_cast<tls_session*>(::BIO_get_data(bio));
    }
    static int read(BIO* bio, char* into, int room) noexcept
    {
        BIO_clear_retry_flags(bio);
        auto& unread = owner(bio).unread_;
        if (unread.empty()) {
            BIO_set_retry_read(bio);
            return -1;
        }
        auto const size = std::min(unread.size(), static_cast<std::size_t>(room));
        std::memcpy(into, unread.data(), size);
        unread.remove_prefix(size);
        return static_cast<int>(size);
    }
    static int write(BIO* bio, char const* bytes, int size) noexcept
    {
        BIO_clear_retry_flags(bio);
        owner(bio).out_.append(bytes, static_cast<std::size_t>(size));
        return size;
    }
    static long control(BIO*, int what, long, void*) noexcept { return what == BIO_CTRL_FLUSH; }

    static BIO_METHOD* make()
    {
        auto* const made = ::BIO_meth_new(::BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "buffers");
        ::BIO_meth_set_read(made, read);
        ::BIO_meth_set_write(made, write);
        ::BIO_meth_set_ctrl(made, control);
        return made;
    }
    static BIO_METHOD const* method()
    {
        static BIO_METHOD const* const only = make();  // for as long as the process lives
        return only;
    }
};

void tls_session::closer::operator()(SSL* session) const noexcept { ::SSL_free(session); }

tls_session::tls_session(tls_options const& options, std::string const& host)
    : input_(input_size), expected_name_{options.server_name.empty() ? host : options.server_name},
      session_{::SSL_new(make_context(options).get())}
{
    auto* const bytes = ::BIO_new(tls_bytes::method());
    if (!session_ || !bytes)
        throw std::runtime_error{"TLS: no memory for a session"};
    ::BIO_set_data(bytes, this);
    ::BIO_set_init(bytes, 1);
    ::SSL_set_bio(session_.get(), bytes, bytes);
    expect(session_.get(), expected_name_);
    ::SSL_set_connect_state(session_.get());
}

void tls_session::came(std::size_t bytes) noexcept { unread_ = {input_.data(), bytes}; }

tls_session::status tls_session::shake_hands() noexcept
{
    ::ERR_clear_error();
    return status_of(::SSL_do_handshake(session_.get()));
}

tls_session::status tls_session::status_of(int result) noexcept
{
    if (result > 0)
        return status::more;
    switch (::SSL_get_error(session_.get(), result)) {
    case SSL_ERROR_WANT_READ: return status::wants;
    case SSL_ERROR_ZERO_RETURN: return status::ended;
    default: break;
    }
    auto const reason = ERR_GET_REASON(::ERR_peek_error());
    if (reason == SSL_R_CERTIFICATE_VERIFY_FAILED) {
        auto const verdict = ::SSL_get_verify_result(session_.get());
        problem_ = std::string{"TLS: the server's certificate is not accepted: "} +
                   ::X509_verify_cert_error_string(verdict);
        if (verdict == X509_V_ERR_HOSTNAME_MISMATCH || verdict == X509_V_ERR_IP_ADDRESS_MISMATCH)
            problem_ += " (expected " + expected_name_ + ")";
    } else {
        problem_ = "TLS: " + first_error();
        if (reason == SSL_R_WRONG_VERSION_NUMBER)
            problem_ += " (the server does not seem to speak TLS on this port)";
    }
    ::ERR_clear_error();
    return status::failed;
}

tls_session::plain tls_session::read(std::span<char> room) noexcept
{
    plain got{.bytes = 0, .then = status::more};
    while (got.bytes < room.size()) {
        ::ERR_clear_error();
        std::size_t some = 0;
        auto const left = room.subspan(got.bytes);
        got.then = status_of(::SSL_read_ex(session_.get(), left.data(), left.size(), &some));
        if (got.then != status::more)
            break;
        got.bytes += some;
    }
    return got;
}

std::size_t tls_session::write(std::span<std::string_view const> parts, std::size_t skip) noexcept
{
    gathered_.clear();
    for (auto part : parts) {
        auto const passed = std::min(skip, part.size());
        skip -= passed;
        part.remove_prefix(passed);
        gathered_.append(part.substr(0, burst_size - gathered_.size()));
        if (gathered_.size() == burst_size)
            break;
    }
    ::ERR_clear_error();
    std::size_t taken = 0;
    if (!gathered_.empty())
        ::SSL_write_ex(session_.get(), gathered_.data(), gathered_.size(), &taken);
    return taken;
}

void tls_session::say_goodbye() noexcept
{
    ::ERR_clear_error();
    ::SSL_shutdown(session_.get());
}

void tls_session::sent(std::size_t bytes) noexcept
{
    out_begin_ += bytes;
    if (out_begin_ == out_.size()) {
        out_.clear();
        out_begin_ = 0;
    }
}

}  // namespace redstart::net
