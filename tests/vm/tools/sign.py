#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Detached signatures as docs/grants.md has them, without a process for each.

usage: sign.py KEY.pem CERT.pem FILE...	writes FILE.p7s
"""
import ctypes
import sys

NOCERTS, DETACHED, BINARY, NOATTR = 0x2, 0x40, 0x80, 0x100	# of openssl/cms.h
BIO_CTRL_INFO = 3


class Signer:
    def __init__(self, key, cert):
        self.lib = lib = ctypes.CDLL("libcrypto.so.3")
        for name in ("BIO_new_file", "BIO_new_mem_buf", "BIO_new", "BIO_s_mem", "CMS_sign",
                     "PEM_read_bio_PrivateKey", "PEM_read_bio_X509"):
            getattr(lib, name).restype = ctypes.c_void_p
        lib.BIO_ctrl.restype = ctypes.c_long
        self.key = self.read(lib.PEM_read_bio_PrivateKey, key)
        self.cert = self.read(lib.PEM_read_bio_X509, cert)

    def read(self, how, path):
        bio = ctypes.c_void_p(self.lib.BIO_new_file(path.encode(), b"r"))
        got = bio and ctypes.c_void_p(how(bio, None, None, None))
        self.lib.BIO_free(bio)
        if not got:
            sys.exit(f"sign.py: cannot read '{path}'")
        return got

    def sign(self, data):
        lib, out = self.lib, ctypes.c_char_p()
        text = ctypes.c_void_p(lib.BIO_new_mem_buf(data, len(data)))
        cms = ctypes.c_void_p(lib.CMS_sign(self.cert, self.key, None, text,
                                           NOCERTS | DETACHED | BINARY | NOATTR))
        der = ctypes.c_void_p(lib.BIO_new(ctypes.c_void_p(lib.BIO_s_mem())))
        if not cms or lib.i2d_CMS_bio(der, cms) != 1:
            sys.exit("sign.py: libcrypto does not sign")
        size = lib.BIO_ctrl(der, BIO_CTRL_INFO, ctypes.c_long(0), ctypes.byref(out))
        signature = ctypes.string_at(out, size)
        lib.CMS_ContentInfo_free(cms)
        lib.BIO_free(text)
        lib.BIO_free(der)
        return signature


def main():
    signer = Signer(sys.argv[1], sys.argv[2])
    for path in sys.argv[3:]:
        with open(path, "rb") as f:
            signature = signer.sign(f.read())
        with open(path + ".p7s", "wb") as f:
            f.write(signature)


if __name__ == "__main__":
    main()
