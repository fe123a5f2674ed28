// Reading, writing, echo and perf on libp2p 3 streams, which are event targets.

const CHUNK = new Uint8Array(64 * 1024)

/**
 * Hands every arriving piece to `onData`; settles at the remote's end of stream, rejects on reset or abort.
 *
 * Not the stream's own async iterator: that one listens for `remoteCloseWrite` only and so waits for ever
 * when the remote half-closed before the iteration began.
 */
export function consume (stream, onData) {
  return new Promise((resolve, reject) => {
    const settle = (error) => {
      if (error != null) {
        reject(error)
      } else if (stream.status === 'aborted' || stream.status === 'reset') {
        reject(new Error(`stream ${stream.status} by the ${stream.status === 'reset' ? 'remote' : 'local side'}`))
      } else if (stream.readableEnded) {
        resolve()
      }
    }
    stream.addEventListener('end', () => settle())
    stream.addEventListener('close', event => settle(event.error))
    stream.addEventListener('message', event => {
      try {
        onData(event.data)
      } catch (error) {
        stream.abort(error)
        reject(error)
      }
    })
    settle()
  })
}

/**
 * Sends one piece, and waits while the stream or its muxer is full.
 *
 * Not `stream.onDrain()`: it keeps its first, already resolved promise and therefore never waits a second time.
 */
export async function write (stream, data) {
  stream.send(data)
  await drained(stream)
}

/** Waits until the stream takes more data without queueing it. */
export async function drained (stream) {
  while (stream.writableNeedsDrain) {
    await new Promise((resolve, reject) => {
      const done = (settle, value) => {
        stream.removeEventListener('drain', onDrain)
        stream.removeEventListener('close', onClose)
        settle(value)
      }
      const onDrain = () => done(resolve)
      const onClose = event => done(reject, event.error ?? new Error('stream closed while data was waiting'))
      stream.addEventListener('drain', onDrain)
      stream.addEventListener('close', onClose)
    })
  }
}

export async function writeZeros (stream, bytes) {
  for (let left = bytes; left > 0; left -= CHUNK.byteLength) {
    await write(stream, left >= CHUNK.byteLength ? CHUNK : CHUNK.subarray(0, left))
  }
}

/**
 * Serves `/echo/1.0.0`: writes back as it reads, closes after the remote's end.
 *
 * What the remote does not read is queued without bound: `pause()` would abort the stream as soon as more
 * than 4 MiB arrive within the window that the remote was already given (up to 16 MiB).
 */
export async function serveEcho (stream) {
  await serving(stream, async () => {
    await consume(stream, data => stream.send(data))
    await stream.close()
  })
}

/** Sends `data` over an echo stream, half-closes and returns what came back. */
export async function echo (stream, data) {
  const pieces = []
  const all = consume(stream, piece => pieces.push(piece.slice()))
  await Promise.all([all, send(stream, data)])
  return Buffer.concat(pieces)

  async function send (stream, data) {
    for (let offset = 0; offset < data.byteLength; offset += CHUNK.byteLength) {
      await write(stream, data.subarray(offset, offset + CHUNK.byteLength))
    }
    await stream.close()
  }
}

/** Serves `/perf/1.0.0`: u64 big-endian wanted bytes, then the upload until its end, then the download. */
export async function servePerf (stream) {
  await serving(stream, async () => {
    const head = Buffer.alloc(8)
    let received = 0
    await consume(stream, data => {
      if (received < head.length) {
        head.set(data.subarray(0, head.length - received), received)
      }
      received += data.byteLength
    })
    if (received < head.length) {
      throw new Error(`perf header cut off after ${received} bytes`)
    }
    await writeZeros(stream, Number(head.readBigUInt64BE()))
    await stream.close()
  })
}

/** Runs the client of `/perf/1.0.0`; seconds from the first byte sent to the remote's end of stream. */
export async function perf (stream, uploadBytes, downloadBytes) {
  const head = Buffer.alloc(8)
  head.writeBigUInt64BE(BigInt(downloadBytes))

  let downloaded = 0
  const start = performance.now()
  const download = consume(stream, data => { downloaded += data.byteLength })
  const upload = async () => {
    await write(stream, head)
    await writeZeros(stream, uploadBytes)
    await stream.close()
  }
  await Promise.all([download, upload()])
  const seconds = (performance.now() - start) / 1000

  if (downloaded !== downloadBytes) {
    throw new Error(`perf asked for ${downloadBytes} bytes and got ${downloaded}`)
  }
  return { uploadBytes, downloadBytes, seconds }
}

async function serving (stream, serve) {
  try {
    await serve()
  } catch (error) {
    stream.abort(error)
  }
}
