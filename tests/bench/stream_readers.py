"""So many who read the stream, in a process of their own: `python -m tests.bench.stream_readers PORT COUNT`.

Says `reading` once all of them read, and goes on until it is killed.
"""

import asyncio
import sys


async def read(port: int, begun: asyncio.Barrier) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /api/stream HTTP/1.1\r\nHost: localhost\r\n\r\n")
    await reader.readuntil(b"\r\n\r\n")
    await begun.wait()
    while await reader.read(65536):
        pass


async def main(port: int, count: int) -> None:
    begun = asyncio.Barrier(count + 1)
    async with asyncio.TaskGroup() as readers:
        for _ in range(count):
            readers.create_task(read(port, begun))
        await begun.wait()
        sys.stdout.write("reading\n")
        sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main(*map(int, sys.argv[1:])))
