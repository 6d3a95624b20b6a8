/* A self-made certificate for the first start: ECDSA P-256, ten years, subject and SAN from the given name
 * plus localhost. (OpenSSL 3 refuses RSA-1024, browsers want a SAN; RFC 6125.) */
#pragma once

/* When path does not exist, writes key and certificate (PEM, mode 0600) there atomically. 0 (made or already
 * there), or -errno. */
int cert_ensure(const char *path, const char *common_name);
