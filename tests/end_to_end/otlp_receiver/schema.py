"""Writes the descriptors of OTLP's trace messages, as Debian packages them: schema.py <file>.

Debian's packages hold no .proto files, only what was generated from them, and that includes their descriptors.
"""

import pathlib
import sys

from google.protobuf import descriptor_pb2
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2


def add(file, found: descriptor_pb2.FileDescriptorSet, seen: set[str]) -> None:
    """What a file imports, and then the file itself: the order that readers expect."""
    if file.name in seen:
        return
    seen.add(file.name)
    for imported in file.dependencies:
        add(imported, found, seen)
    file.CopyToProto(found.file.add())


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit(__doc__.splitlines()[0])
    found = descriptor_pb2.FileDescriptorSet()
    add(trace_service_pb2.DESCRIPTOR, found, set())
    pathlib.Path(sys.argv[1]).write_bytes(found.SerializeToString())


if __name__ == "__main__":
    main()
