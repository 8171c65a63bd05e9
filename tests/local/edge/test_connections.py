"""What a viewer who hangs up leaves behind: nothing."""

import asyncio

import pytest

from local.edge.server import _send


def test_nothing_is_sent_to_a_viewer_who_is_gone_and_nobody_waits_for_their_socket():
    async def scene():
        told = asyncio.get_running_loop().create_future()

        async def serve(_, writer):
            number = writer.get_extra_info("socket").fileno()
            writer.transport.abort()
            with pytest.raises(ConnectionResetError):
                _send(writer, [b"too late"])
            told.set_result(number in asyncio.get_running_loop()._selector.get_map())

        async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
            _, viewer = await asyncio.open_connection(*server.sockets[0].getsockname())
            watched = await asyncio.wait_for(told, 10)
            viewer.close()
            return watched

    assert asyncio.run(scene()) is False
