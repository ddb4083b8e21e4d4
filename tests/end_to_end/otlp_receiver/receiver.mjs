// The receiver of receiver.py once more, over HTTP only, with nothing in common with it but the output: decodes with
// protobufjs, from descriptors that schema.py wrote.
//
// usage: node receiver.mjs <descriptors> <folder with node_modules>

import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { gunzipSync } from "node:zlib";

const [descriptors, modules] = process.argv.slice(2);
const require = createRequire(`${modules}/`);
const protobuf = require("protobufjs");
const { FileDescriptorSet } = require("protobufjs/ext/descriptor");

const root = protobuf.Root.fromDescriptor(FileDescriptorSet.decode(readFileSync(descriptors)));
const collector = "opentelemetry.proto.collector.trace.v1";
const Request = root.lookupType(`${collector}.ExportTraceServiceRequest`);
const Response = root.lookupType(`${collector}.ExportTraceServiceResponse`);
const kinds = root.lookupEnum("opentelemetry.proto.trace.v1.Span.SpanKind").valuesById;
const codes = root.lookupEnum("opentelemetry.proto.trace.v1.Status.StatusCode").valuesById;

const hex = (bytes) => Buffer.from(bytes ?? []).toString("hex");

// An attribute's value under the name of its type; integers as text, as JSON has only doubles.
function valueOf(value) {
    const kind = value?.value;
    if (!kind) return { empty: null };
    const held = value[kind];
    const name = kind.replace(/_value$/, "");
    if (name === "int") return { int: held.toString() };
    if (name === "bytes") return { bytes: hex(held) };
    if (name === "array") return { array: held.values.map(valueOf) };
    if (name === "kvlist") return { kvlist: attributesOf(held.values) };
    return { [name]: held };
}

function attributesOf(attributes) {
    const found = {};
    for (const { key, value } of attributes ?? []) {
        if (key in found) throw new Error(`an attribute appears twice: ${key}`);
        found[key] = valueOf(value);
    }
    return found;
}

const spanOf = (span) => ({
    name: span.name,
    trace_id: hex(span.trace_id),
    span_id: hex(span.span_id),
    parent_span_id: hex(span.parent_span_id),
    trace_state: span.trace_state,
    flags: span.flags,
    kind: kinds[span.kind],
    start_time_unix_nano: span.start_time_unix_nano.toString(),
    end_time_unix_nano: span.end_time_unix_nano.toString(),
    status: { code: codes[span.status?.code ?? 0], message: span.status?.message ?? "" },
    attributes: attributesOf(span.attributes),
});

function take(request, headers) {
    for (const resource of request.resource_spans) {
        const scopes = resource.scope_spans.map((scope) => ({
            name: scope.scope?.name ?? "",
            version: scope.scope?.version ?? "",
            schema_url: scope.schema_url,
            spans: scope.spans.map(spanOf),
        }));
        const line = {
            protocol: "http/protobuf",
            headers,
            resource: attributesOf(resource.resource?.attributes),
            schema_url: resource.schema_url,
            scopes,
        };
        process.stdout.write(`${JSON.stringify(line)}\n`);
    }
}

const server = createServer((request, response) => {
    const parts = [];
    request.on("data", (part) => parts.push(part));
    request.on("end", () => {
        const received = Buffer.concat(parts);
        const body = request.headers["content-encoding"] === "gzip" ? gunzipSync(received) : received;
        take(Request.decode(body), request.headers);
        response.writeHead(200, { "Content-Type": "application/x-protobuf" });
        response.end(Response.encode(Response.create()).finish());
    });
});
server.listen(0, "127.0.0.1", () => {
    process.stdout.write(`${JSON.stringify({ listening: { http: server.address().port } })}\n`);
});
