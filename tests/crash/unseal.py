"""Opens sealed personal texts for check.py, from the description in docs/people.md and docs/internals/store.md: a second
reading of the format that shares no code with the server. The cipher itself (XChaCha20-Poly1305, draft-irtf-cfrg-xchacha)
is libsodium's, the hash (BLAKE2b, RFC 7693) Python's own."""
import base64
import ctypes
import ctypes.util
import hashlib
import json
import struct

RANDOM_BYTES, TAG_BYTES = 12, 16


def unbase64(text):
    return base64.urlsafe_b64decode(text + '=' * (-len(text) % 4))


class Unsealer:
    def __init__(self, secret, salts):
        """secret: what is in secret.key. salts: person -> salt as it stands in table person."""
        name = ctypes.util.find_library('sodium') or 'libsodium.so.23'
        self.sodium = ctypes.CDLL(name)
        self.secret, self.salts, self.keys = secret, salts, {}

    def key(self, person):
        if person not in self.keys:
            salt = self.salts.get(person)
            self.keys[person] = None if salt is None else hashlib.blake2b(
                unbase64(salt) + struct.pack('<Q', person), key=self.secret, digest_size=32).digest()
        return self.keys[person]

    def open(self, sealed, person, seq, interaction, kind):
        """The texts by their compact keys; ValueError when they do not open."""
        key, box = self.key(person), unbase64(sealed)
        if key is None:
            raise ValueError(f'person {person} has no salt')
        nonce = box[:RANDOM_BYTES] + struct.pack('<QI', seq, kind)
        bond = struct.pack('<QQQI', person, seq, interaction, kind)
        text = ctypes.create_string_buffer(max(1, len(box) - RANDOM_BYTES - TAG_BYTES))
        n = ctypes.c_ulonglong(0)
        if self.sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(
                text, ctypes.byref(n), None, box[RANDOM_BYTES:], ctypes.c_ulonglong(len(box) - RANDOM_BYTES), bond,
                ctypes.c_ulonglong(len(bond)), nonce, key) != 0:
            raise ValueError('it was not made with this key for this event')
        return json.loads(text.raw[:n.value])
