// SRTP with AES_CM_128_HMAC_SHA1_80 (RFC 3711) for scripted peers: one direction of one stream.
import { createCipheriv, createHmac } from 'node:crypto';

const TAG = 10;

function keystream(key, iv, n) {
  return createCipheriv('aes-128-ctr', key, iv).update(Buffer.alloc(n));
}

/** RFC 3711 section 4.3: what a label stands for, out of master key (16 bytes) and salt (14). */
function derive(master, label, n) {
  const iv = Buffer.concat([master.subarray(16, 30), Buffer.alloc(2)]);
  iv[7] ^= label;
  return keystream(master.subarray(0, 16), iv, n);
}

export class Srtp {
  /** master: key and salt, as a=crypto says them. */
  constructor(master) {
    [this.key, this.auth, this.salt] = [derive(master, 0, 16), derive(master, 1, 20), derive(master, 2, 14)];
  }

  #crypt(packet, roc) {
    const iv = Buffer.concat([this.salt, Buffer.alloc(2)]);
    for (let i = 0; i < 4; i++) iv[4 + i] ^= packet[8 + i];
    iv.writeUInt32BE((iv.readUInt32BE(8) ^ roc) >>> 0, 8);
    iv.writeUInt16BE(iv.readUInt16BE(12) ^ packet.readUInt16BE(2), 12);
    const body = packet.subarray(12);
    const stream = keystream(this.key, iv, body.length);
    return Buffer.concat([packet.subarray(0, 12), Buffer.from(body.map((byte, i) => byte ^ stream[i]))]);
  }

  #tag(packet, roc) {
    const over = Buffer.alloc(4);
    over.writeUInt32BE(roc);
    return createHmac('sha1', this.auth).update(packet).update(over).digest().subarray(0, TAG);
  }

  protect(packet, roc = 0) {
    const secret = this.#crypt(packet, roc);
    return Buffer.concat([secret, this.#tag(secret, roc)]);
  }

  /** The packet in clear, or null when it is forged. */
  open(packet, roc = 0) {
    const secret = packet.subarray(0, packet.length - TAG);
    return secret.length >= 12 && this.#tag(secret, roc).equals(packet.subarray(-TAG)) ? this.#crypt(secret, roc) : null;
  }
}
