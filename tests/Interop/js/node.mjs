import './shim.mjs'
import { generateKeyPair, privateKeyFromProtobuf } from '@libp2p/crypto/keys'
import { gossipsub, StrictNoSign, StrictSign } from '@libp2p/gossipsub'
import { identify, identifyPush } from '@libp2p/identify'
import { noise } from '@libp2p/noise'
import { ping } from '@libp2p/ping'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { blake3 } from '@noble/hashes/blake3.js'
import { createLibp2p } from 'libp2p'

export const ECHO = '/echo/1.0.0'
export const PERF = '/perf/1.0.0'
export const LOOPBACK = '/ip4/127.0.0.1/tcp/0'

const KEY_TYPES = { ed25519: 'Ed25519', rsa: 'RSA', secp256k1: 'secp256k1' }

export async function createKey (identity) {
  const type = KEY_TYPES[identity]
  if (type == null) {
    throw new Error(`unknown identity ${identity}: one of ${Object.keys(KEY_TYPES).join(', ')}`)
  }
  return generateKeyPair(type)
}

export function parseKey (hex) {
  return privateKeyFromProtobuf(Buffer.from(hex, 'hex'))
}

/** GossipSub as IPPAN's topics want it: message id = BLAKE3-256 of the data, strict signing. */
export function ippanGossip (options = {}) {
  const { signed = true, ...rest } = options
  return gossipsub({
    globalSignaturePolicy: signed ? StrictSign : StrictNoSign,
    msgIdFn: message => blake3(message.data),
    msgIdToStrFn: id => Buffer.from(id).toString('hex'),
    allowPublishToZeroTopicPeers: true,
    emitSelf: false,
    ...rest
  })
}

/** A TCP + Noise + Yamux host with Identify (and push) and Ping; `services` come on top, `listen` is empty for a dialer. */
export async function createNode ({ listen = [], privateKey, services = {}, connectionManager = {} }) {
  return createLibp2p({
    addresses: { listen },
    privateKey,
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    services: { identify: identify(), identifyPush: identifyPush(), ping: ping(), ...services },
    connectionManager
  })
}
