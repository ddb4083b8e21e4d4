// What the tests of this layer share: a directory that goes away, and a variable of the environment
// that comes back.

#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <optional>
#include <stdlib.h>
#include <string>

namespace redstart::embedded {

class scratch_directory {
public:
    scratch_directory()
    {
        std::string name = "/tmp/redstart-test-XXXXXX";
        EXPECT_NE(::mkdtemp(name.data()), nullptr);
        path_ = name;
    }

    scratch_directory(scratch_directory const&) = delete;
    scratch_directory& operator=(scratch_directory const&) = delete;

    ~scratch_directory()
    {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }

    std::filesystem::path const& path() const noexcept { return path_; }
    std::filesystem::path operator/(std::string_view name) const { return path_ / name; }

private:
    std::filesystem::path path_;
};

// Sets the variable, or removes it when there is no value.
class environment_value {
public:
    environment_value(std::string name, std::optional<std::string> const& value)
        : name_{std::move(name)}
    {
        if (auto const* const before = ::getenv(name_.c_str()))
            before_ = before;
        set(value);
    }

    environment_value(environment_value const&) = delete;
    environment_value& operator=(environment_value const&) = delete;
    ~environment_value() { set(before_); }

private:
    void set(std::optional<std::string> const& value) const
    {
        if (value)
            ::setenv(name_.c_str(), value->c_str(), 1);
        else
            ::unsetenv(name_.c_str());
    }

    std::string name_;
    std::optional<std::string> before_;
};

}  // namespace redstart::embedded
