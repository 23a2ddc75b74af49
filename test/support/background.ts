/**
 * Python that goes on in the background of a session, and has to after its state was kept: a task that counts, and a server.
 */

/** Begins it; needs asyncio. */
export const BACKGROUND = `
ticks = []

async def ticker():
    while True:
        ticks.append(len(ticks))
        await asyncio.sleep(0.001)

task = asyncio.ensure_future(ticker())

async def answer(reader, writer):
    writer.write((await reader.readline()).upper())
    writer.close()

server = await asyncio.start_server(answer, "127.0.0.1", 8000)
`;

/** Looks whether it goes on: then \`len(ticks) > before\`, and \`answered\` is b"HELLO\\n". */
export const GOES_ON = `
before = len(ticks)
await asyncio.sleep(0.05)
reader, writer = await asyncio.open_connection("127.0.0.1", 8000)
writer.write(b"hello\\n")
answered = await reader.read()
writer.close()
await writer.wait_closed()
`;
