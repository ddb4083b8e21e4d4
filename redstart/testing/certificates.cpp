#include "redstart/testing/certificates.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <stdexcept>

namespace redstart::testing {

namespace {

constexpr long seconds_per_day = 24 * 60 * 60;

template <auto Free>
struct free_with {
    template <class Owned>
    void operator()(Owned* owned) const noexcept
    {
        Free(owned);
    }
};
using key_ptr = std::unique_ptr<EVP_PKEY, free_with<::EVP_PKEY_free>>;
using x509_ptr = std::unique_ptr<X509, free_with<::X509_free>>;
using file_ptr = std::unique_ptr<std::FILE, free_with<std::fclose>>;

void require(bool done, char const* what)
{
    if (!done)
        throw std::runtime_error{std::string{"certificates for a test: cannot "} + what};
}

void name_subject(X509* made, std::string const& name)
{
    auto const* const text = reinterpret_cast<unsigned char const*>(name.c_str());
    auto* const subject = ::X509_get_subject_name(made);
    require(::X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, text, -1, -1, 0) == 1,
            "name it");
}

void extend(X509* made, X509* issuer, int what, std::string const& value)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, made, nullptr, nullptr, 0);
    std::unique_ptr<X509_EXTENSION, free_with<::X509_EXTENSION_free>> const added{
        ::X509V3_EXT_conf_nid(nullptr, &context, what, value.c_str())};
    require(added && ::X509_add_ext(made, added.get(), -1) == 1, "add an extension");
}

// Valid from yesterday to tomorrow, or only until an hour ago.
x509_ptr begin(std::string const& name, EVP_PKEY* key, bool expired)
{
    x509_ptr made{::X509_new()};
    std::uint64_t serial = 0;
    ::RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial);
    ::X509_set_version(made.get(), X509_VERSION_3);
    ::ASN1_INTEGER_set_uint64(::X509_get_serialNumber(made.get()), serial);
    ::X509_gmtime_adj(::X509_getm_notBefore(made.get()), -seconds_per_day);
    ::X509_gmtime_adj(::X509_getm_notAfter(made.get()), expired ? -3600 : seconds_per_day);
    require(::X509_set_pubkey(made.get(), key) == 1, "set the key");
    name_subject(made.get(), name);
    return made;
}

void sign(X509* made, X509* issuer, EVP_PKEY* with)
{
    ::X509_set_issuer_name(made, ::X509_get_subject_name(issuer));
    require(::X509_sign(made, with, ::EVP_sha256()) > 0, "sign");
}

// Into a new file that then takes the place of the old, so that a reader sees one or the other.
template <class Write>
void write_file(std::string const& path, Write write)
{
    auto const fresh = path + ".new";
    {
        file_ptr const file{std::fopen(fresh.c_str(), "w")};
        require(file && write(file.get()) == 1, "write a file");
    }
    std::filesystem::rename(fresh, path);
}

certificate save(std::filesystem::path const& folder, std::string const& name, X509* made,
                 EVP_PKEY* key)
{
    certificate const files{folder / (name + ".crt"), folder / (name + ".key")};
    write_file(files.certificate_file, [&](std::FILE* to) { return ::PEM_write_X509(to, made); });
    write_file(files.private_key_file, [&](std::FILE* to) {
        return ::PEM_write_PrivateKey(to, key, nullptr, nullptr, 0, nullptr, nullptr);
    });
    return files;
}

}  // namespace

struct certificate_authority::signer {
    key_ptr key{EVP_EC_gen("P-256")};
    x509_ptr own;
};

certificate_authority::certificate_authority(std::filesystem::path folder, std::string const& name)
    : folder_{std::move(folder)}, signer_{std::make_unique<signer>()}
{
    signer_->own = begin(name, signer_->key.get(), false);
    auto* const own = signer_->own.get();
    extend(own, own, NID_basic_constraints, "critical,CA:TRUE");
    sign(own, own, signer_->key.get());
    own_ = save(folder_, name, own, signer_->key.get());
}

certificate_authority::~certificate_authority() = default;

certificate certificate_authority::issue(std::string const& name,
                                         certificate_options const& options) const
{
    key_ptr const key{EVP_EC_gen("P-256")};
    auto const made = begin(name, key.get(), options.expired);
    std::string names;
    for (auto const& each : options.names)
        names.append(names.empty() ? "" : ",").append(each);
    if (!names.empty())
        extend(made.get(), signer_->own.get(), NID_subject_alt_name, names);
    sign(made.get(), signer_->own.get(), signer_->key.get());
    return save(folder_, name, made.get(), key.get());
}

}  // namespace redstart::testing
