/* The self-made certificate: what browsers and peers check, and that it is never overwritten. */
#include "harness/test.h"
#include "loop/cert.h"

#include <errno.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64], path[96];

static int make_folder(void)
{
	snprintf(folder, sizeof(folder), "/tmp/test_cert.XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/cert.pem", folder);
	return 0;
}

static void remove_folder(void)
{
	unlink(path);
	rmdir(folder);
}

/* Reads both back; 0 when they are there and belong together. */
static int load(X509 **ret_x, EVP_PKEY **ret_key)
{
	FILE *f = fopen(path, "r");

	if (!f)
		return -1;
	*ret_x = PEM_read_X509(f, NULL, NULL, NULL);
	*ret_key = PEM_read_PrivateKey(f, NULL, NULL, NULL);
	fclose(f);
	return *ret_x && *ret_key && X509_check_private_key(*ret_x, *ret_key) == 1 ? 0 : -1;
}

TEST(a_certificate_is_made_once_with_the_names_browsers_want)
{
	X509 *x = NULL;
	EVP_PKEY *key = NULL;
	struct stat first, second;
	int days = 0, seconds = 0;

	CHECK_INT(make_folder(), 0);
	CHECK_INT(cert_ensure(path, "markaz.example"), 0);
	CHECK_INT(stat(path, &first), 0);
	CHECK_INT(first.st_mode & 0777, 0600);
	CHECK_INT(load(&x, &key), 0);
	CHECK_INT(X509_check_host(x, "markaz.example", 0, 0, NULL), 1);
	CHECK_INT(X509_check_host(x, "localhost", 0, 0, NULL), 1);
	CHECK_INT(X509_check_host(x, "other.example", 0, 0, NULL), 0);
	CHECK_INT(X509_check_ip_asc(x, "127.0.0.1", 0), 1);
	CHECK_INT(EVP_PKEY_get_bits(key), 256);
	CHECK_INT(X509_verify(x, key), 1);
	CHECK(ASN1_TIME_diff(&days, &seconds, NULL, X509_get0_notAfter(x)) == 1 && days > 3600);
	X509_free(x);
	EVP_PKEY_free(key);
	CHECK_INT(cert_ensure(path, "another.example"), 0);
	CHECK_INT(stat(path, &second), 0);
	CHECK(first.st_ino == second.st_ino && first.st_size == second.st_size);
	remove_folder();
}

TEST(an_address_as_name_is_an_address_in_the_certificate)
{
	X509 *x = NULL;
	EVP_PKEY *key = NULL;

	CHECK_INT(make_folder(), 0);
	CHECK_INT(cert_ensure(path, "192.0.2.7"), 0);
	CHECK_INT(load(&x, &key), 0);
	CHECK_INT(X509_check_ip_asc(x, "192.0.2.7", 0), 1);
	X509_free(x);
	EVP_PKEY_free(key);
	remove_folder();
}

TEST(bad_names_and_places_are_refused_and_leave_nothing)
{
	CHECK_INT(make_folder(), 0);
	CHECK_INT(cert_ensure(path, "a,DNS:evil.example"), -EINVAL);
	CHECK_INT(cert_ensure(path, "a name"), -EINVAL);
	CHECK(access(path, F_OK) != 0);
	CHECK_INT(cert_ensure("/nonexistent/folder/cert.pem", "a"), -ENOENT);
	CHECK_INT(rmdir(folder), 0);
}
