// Says where a server is and who logs in, by URL and in code; logs in again while connected; talks TLS to a server of
// its own, whose certificates are made when it runs.
//
//     04_connecting [redis://host[:port] | unix:///path/to.sock]     as somebody who may create users

#include "redstart/client/client.hpp"
#include "redstart/command/acl.hpp"
#include "redstart/command/keys.hpp"
#include "redstart/command/server.hpp"
#include "redstart/testing/certificates.hpp"
#include "redstart/testing/server_fixture.hpp"

#include <cstdlib>
#include <fstream>
#include <iostream>

using namespace redstart;
using namespace std::chrono_literals;

namespace {

char const* address(int count, char const* const* arguments)
{
    if (count > 1)
        return arguments[1];
    auto const* const from_environment = std::getenv("REDIS_URL");
    return from_environment ? from_environment : "redis://127.0.0.1:6379";
}

}  // namespace

// [url]
client_options by_url()
{
    auto options = parse_redis_url("rediss://ada:secret@redis.example.org:6380/2"
                                   "?client_name=billing&command_timeout_ms=250"
                                   "&tls_ca_file=/etc/ssl/redis-ca.pem");
    if (!options)
        throw std::runtime_error{options.error()};  // says what is wrong, and no password
    return *options;
}
// [url]

// [code]
client_options in_code()
{
    client_options options;
    options.server.host = "redis.example.org";
    options.server.port = 6380;
    options.credentials = static_credentials("ada", "secret");
    options.login = {.client_name = "billing", .database = 2};
    options.command_timeout = 250ms;
    options.tls = {.enabled = true, .ca_file = "/etc/ssl/redis-ca.pem"};
    return options;
}
// [code]

// [rotate]
task<> rotate(runtime& loops, client_options options, client& admin)
{
    auto const who = std::make_shared<rotating_credentials>(credentials{"ada", "first"});
    options.credentials = who;
    client db{loops, options};
    co_await db.connect();

    co_await admin.exec(acl_setuser("ada", ">second"));
    who->set({"ada", "second"});  // any thread: connections log in again, between two commands
    co_await admin.exec(acl_setuser("ada", "<first"));

    std::cout << "still " << co_await db.exec(acl_whoami()) << '\n';
    co_await db.stop();
}
// [rotate]

// [provider]
class token_file final : public credentials_provider {
public:
    explicit token_file(std::string path) : path_{std::move(path)} {}

    task<credentials> fetch() override  // asked at every dial
    {
        std::ifstream file{path_};
        std::string token;
        if (!std::getline(file, token))
            throw std::runtime_error{"no token in " + path_};  // the reason of a failed dial
        co_return credentials{"ada", token};
    }

private:
    std::string path_;
};
// [provider]

task<> from_file(runtime& loops, client_options options)
{
    testing::temporary_folder const folder;
    auto const path = (folder.path() / "token").native();
    std::ofstream{path} << "second\n";
    options.credentials = std::make_shared<token_file>(path);
    client db{loops, options};
    std::cout << "again " << co_await db.exec(acl_whoami()) << '\n';
    co_await db.stop();
}

// [tls]
task<> over_tls(runtime& loops, net::endpoint server, net::tls_options trusted)
{
    client_options options;
    options.server = server;
    options.tls = trusted;
    client db{loops, options};
    std::cout << co_await db.exec(ping()) << " over TLS\n";
    co_await db.stop();

    options.tls.ca_file.clear();  // whom the system trusts: this server is not among them
    client careful{loops, options};
    try {
        co_await careful.connect();
    } catch (failure const& why) {
        std::cout << to_string(why.code()) << '\n';  // why.reason() says more
    }
    co_await careful.stop();
}
// [tls]

task<> with_a_server(runtime& loops, client_options options)
{
    client admin{loops, options};
    co_await admin.exec(acl_setuser("ada", {"on", ">first", "~*", "+@all"}));
    co_await rotate(loops, options, admin);
    co_await from_file(loops, options);
    co_await admin.stop();
}

int main(int count, char const* const* arguments)
{
    auto const options = parse_redis_url(address(count, arguments));
    if (!options) {
        std::cerr << options.error() << '\n';
        return 2;
    }
    testing::temporary_folder const folder;
    testing::certificate_authority const authority{folder.path(), "authority"};
    testing::server_fixture const server{
        {.tls = testing::server_tls{authority.issue("server"), authority.file()}}};
    runtime loops;
    std::cout << describe(by_url()) << '\n' << describe(in_code()) << '\n';
    loops.run(with_a_server(loops, *options));
    loops.run(over_tls(loops, server.tls(), {.enabled = true, .ca_file = authority.file()}));
    return 0;
}
