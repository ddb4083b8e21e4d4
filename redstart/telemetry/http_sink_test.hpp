// A receiver for tests: a loopback socket that records HTTP requests and answers as it is told, or never.
// Private to redstart/telemetry.

#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace redstart::telemetry {

struct recorded_request {
    std::string head;
    std::string body;
    int connection = 0;  // counted from 0
};

class http_sink {
public:
    http_sink() : listener_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)}
    {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
        socklen_t length = sizeof address;
        auto* const raw = reinterpret_cast<sockaddr*>(&address);
        if (::bind(listener_, raw, length) != 0 || ::listen(listener_, 16) != 0 ||
            ::getsockname(listener_, raw, &length) != 0)
            std::abort();
        port_ = ::ntohs(address.sin_port);
        acceptor_ = std::jthread{[this] { accept_all(); }};
    }
    ~http_sink()
    {
        ::shutdown(listener_, SHUT_RDWR);
        acceptor_.join();
        hang_up();
        servers_.clear();
        for (auto const peer : peers_)
            ::close(peer);
        ::close(listener_);
    }
    http_sink(http_sink const&) = delete;
    http_sink& operator=(http_sink const&) = delete;

    std::string url(std::string_view path) const
    {
        return "http://127.0.0.1:" + std::to_string(port_) + std::string{path};
    }
    // The next request gets these bytes; none mean that the connection is closed. Without any, it is never answered.
    void answer(std::string bytes)
    {
        std::lock_guard const lock{mutex_};
        answers_.push_back(std::move(bytes));
    }
    void answer_status(int status, std::string_view header = {}, std::string_view body = {})
    {
        answer("HTTP/1.1 " + std::to_string(status) +
               " Said\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
               std::string{header} + "\r\n" + std::string{body});
    }
    bool wait_for_requests(std::size_t count)
    {
        std::unique_lock lock{mutex_};
        return changed_.wait_for(lock, std::chrono::seconds{30},
                                 [&] { return requests_.size() >= count; });
    }
    std::vector<recorded_request> requests()
    {
        std::lock_guard const lock{mutex_};
        return requests_;
    }
    void hang_up()
    {
        std::lock_guard const lock{mutex_};
        for (auto const peer : peers_)
            ::shutdown(peer, SHUT_RDWR);
    }

private:
    void accept_all()
    {
        for (int number = 0;; ++number) {
            int const peer = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
            if (peer < 0)
                return;
            std::lock_guard const lock{mutex_};
            peers_.push_back(peer);
            servers_.emplace_back([this, peer, number] { serve(peer, number); });
        }
    }
    void serve(int peer, int number)
    {
        std::string read;
        while (read_request(peer, number, read)) {
            std::unique_lock lock{mutex_};
            if (answers_.empty())
                continue;
            auto const bytes = std::move(answers_.front());
            answers_.pop_front();
            lock.unlock();
            if (bytes.empty())
                ::shutdown(peer, SHUT_RDWR);
            else if (::send(peer, bytes.data(), bytes.size(), MSG_NOSIGNAL) < 0)
                return;
        }
    }
    bool read_request(int peer, int number, std::string& read)
    {
        while (!read.contains("\r\n\r\n")) {
            if (!read_more(peer, read))
                return false;
        }
        auto const end = read.find("\r\n\r\n") + 4;
        auto const length_at = read.find("Content-Length: ") + 16;
        auto const length = std::strtoul(read.c_str() + length_at, nullptr, 10);
        while (read.size() < end + length) {
            if (!read_more(peer, read))
                return false;
        }
        std::lock_guard const lock{mutex_};
        requests_.push_back({read.substr(0, end), read.substr(end, length), number});
        read.erase(0, end + length);
        changed_.notify_all();
        return true;
    }
    static bool read_more(int peer, std::string& read)
    {
        char buffer[4096];
        auto const count = ::recv(peer, buffer, sizeof buffer, 0);
        if (count <= 0)
            return false;
        read.append(buffer, static_cast<std::size_t>(count));
        return true;
    }

    int listener_;
    int port_ = 0;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<std::string> answers_;
    std::vector<recorded_request> requests_;
    std::vector<int> peers_;
    std::vector<std::jthread> servers_;
    std::jthread acceptor_;
};

}  // namespace redstart::telemetry
