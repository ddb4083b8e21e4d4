# OpenTelemetry SDK 1.19 as the system packages it.
#
# Its CMake package searches for gRPC and protoc even when only HTTP is used, so the libraries are named here instead.
# HAVE_ABSEIL must be set wherever its headers are read: the packaged libraries were built with it, and it changes
# the type of every attribute value.

pkg_check_modules(redstart_otel_api REQUIRED IMPORTED_TARGET opentelemetry_api)
pkg_check_modules(redstart_protobuf REQUIRED IMPORTED_TARGET protobuf)

function(redstart_otel_target name)
    add_library(${name} INTERFACE)
    target_link_libraries(${name} INTERFACE PkgConfig::redstart_otel_api PkgConfig::redstart_protobuf)
    foreach(library IN LISTS ARGN)
        find_library(REDSTART_LIBRARY_${library} ${library} REQUIRED)
        mark_as_advanced(REDSTART_LIBRARY_${library})
        target_link_libraries(${name} INTERFACE ${REDSTART_LIBRARY_${library}})
    endforeach()
endfunction()

set(redstart_otel_sdk
    opentelemetry_otlp_recordable opentelemetry_proto opentelemetry_trace opentelemetry_metrics opentelemetry_logs
    opentelemetry_resources opentelemetry_common opentelemetry_version)

redstart_otel_target(redstart_otel_http
    opentelemetry_exporter_otlp_http opentelemetry_exporter_otlp_http_metric
    opentelemetry_exporter_otlp_http_client opentelemetry_http_client_curl ${redstart_otel_sdk})
redstart_otel_target(redstart_otel_grpc
    opentelemetry_exporter_otlp_grpc opentelemetry_exporter_otlp_grpc_metrics
    opentelemetry_exporter_otlp_grpc_client opentelemetry_proto_grpc grpc++ ${redstart_otel_sdk})
