# The libraries that Redstart is built from: all of them packages of the system, none fetched.
#
# Imported targets for use behind PRIVATE of redstart_layer:
#   Boost::headers Boost::json Boost::url OpenSSL::SSL spdlog::spdlog fmt::fmt CLI11::CLI11 tomlplusplus::tomlplusplus
#   PkgConfig::redstart_xxhash PkgConfig::redstart_zstd
#   redstart_asio        Boost.Asio and Beast, compiled once in redstart/net/asio_source.cpp
#   redstart_otel_http   the OpenTelemetry SDK with the OTLP exporters over HTTP
#   redstart_otel_grpc   the same over gRPC, apart because gRPC is large

find_package(PkgConfig REQUIRED)
find_package(Boost 1.83 CONFIG REQUIRED COMPONENTS headers json url)
find_package(OpenSSL 3.0 REQUIRED)
find_package(fmt CONFIG REQUIRED)
find_package(spdlog CONFIG REQUIRED)
find_package(tomlplusplus CONFIG REQUIRED)
pkg_check_modules(redstart_cli11 REQUIRED IMPORTED_TARGET CLI11)
pkg_check_modules(redstart_xxhash REQUIRED IMPORTED_TARGET libxxhash)
pkg_check_modules(redstart_zstd REQUIRED IMPORTED_TARGET libzstd)

add_library(CLI11::CLI11 ALIAS PkgConfig::redstart_cli11)

add_library(redstart_asio INTERFACE)
target_compile_definitions(redstart_asio INTERFACE
    BOOST_ASIO_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED BOOST_BEAST_SEPARATE_COMPILATION)
target_link_libraries(redstart_asio INTERFACE Boost::headers Threads::Threads)

include(opentelemetry)
