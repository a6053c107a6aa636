/* SPDX-License-Identifier: MIT */
#include "cert/names.h"

#include <arpa/inet.h>

#include <string.h>

#include "base/error.h"
#include "base/str.h"

enum {
	NAME_MAX_BYTES = 253, /* RFC 1035 s2.3.4, without the root's dot */
	LABEL_MAX_BYTES = 63,
	LOCAL_MAX_BYTES = 64, /* RFC 5321 s4.5.3.1.1 */
	SHOWN_BYTES = 300,
	ADDRESS_BYTES = 64,
};

static const char email_mark[] = "email:";

static int refuse(const char *text, const char *why, struct duet_error *err)
{
	char shown[SHOWN_BYTES];

	duet_str_printable(shown, sizeof(shown), duet_str(text));
	return duet_error_set(err, DUET_E_ARGUMENT, "'%s': %s", shown, why);
}

static bool is_ascii(const char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text >= 0x80)
			return false;
	return true;
}

/* RFC 5890 s2.3.1, and the underscore that people use all the same. */
static const char *wrong_label(const char *label, size_t len)
{
	size_t i;

	if (len == 0)
		return "a DNS name has no empty label and no dot at its end";
	if (len > LABEL_MAX_BYTES)
		return "a label of a DNS name has at most 63 bytes";
	if (label[0] == '-' || label[len - 1] == '-')
		return "a label of a DNS name neither begins nor ends with '-'";
	for (i = 0; i < len; i++)
		if (!duet_is_alpha((unsigned char)label[i]) &&
		    !duet_is_digit((unsigned char)label[i]) &&
		    label[i] != '-' && label[i] != '_')
			return "neither an IP address nor a DNS name: only letters, digits, '-' and '.' make one";
	return NULL;
}

static bool is_number(const char *label)
{
	for (; *label != '\0'; label++)
		if (!duet_is_digit((unsigned char)*label))
			return false;
	return true;
}

/* NULL when text is a DNS name, else why not. */
static const char *wrong_dns(const char *text)
{
	const char *label = text;
	const char *why;
	size_t len;

	if (*text == '\0')
		return "a name is not empty";
	if (!is_ascii(text))
		return "not ASCII: give the name in its A-label form (xn--...)";
	if (strlen(text) > NAME_MAX_BYTES)
		return "a DNS name has at most 253 bytes";
	for (;;) {
		len = strcspn(label, ".");
		why = wrong_label(label, len);
		if (why != NULL)
			return why;
		if (label[len] == '\0')
			break;
		label += len + 1;
	}
	/* Everybody reads a name with such an end as an IPv4 address. */
	if (is_number(label))
		return "it ends in a number, but is not an IPv4 address";
	return NULL;
}

static const char *wrong_email(const char *text)
{
	const char *at = strchr(text, '@');
	const char *p;

	if (!is_ascii(text))
		return "not ASCII: such an address cannot be certified here";
	if (at == NULL || at == text || at - text > LOCAL_MAX_BYTES)
		return "not an email address: local@domain is one";
	for (p = text; p < at; p++)
		if (*p <= ' ' || *p == 0x7f || strchr("\"(),:;<>[\\]", *p))
			return "not an email address that needs no quoting";
	return wrong_dns(at + 1);
}

/* OpenSSL, and so curl and others, match a star only above two labels. */
static const char *wrong_wildcard(const char *text)
{
	if (strchr(text + 2, '.') == NULL)
		return "a wildcard stands above two labels at least, as in '*.x.org': clients refuse it otherwise";
	return wrong_dns(text + 2);
}

static bool parse_ip(const char *text, uint8_t ip[16], size_t *ret_len)
{
	if (inet_pton(AF_INET, text, ip) == 1)
		*ret_len = 4;
	else if (inet_pton(AF_INET6, text, ip) == 1)
		*ret_len = 16;
	else
		return false;
	return true;
}

int duet_name_parse(const char *text, struct duet_name *ret,
		    struct duet_error *err)
{
	struct duet_name name = { .kind = DUET_NAME_DNS, .text = text };
	const char *why;

	if (duet_str_starts(text, email_mark)) {
		name.kind = DUET_NAME_EMAIL;
		name.text = text + strlen(email_mark);
		why = wrong_email(name.text);
	} else if (parse_ip(text, name.ip, &name.ip_len)) {
		name.kind = DUET_NAME_IP;
		why = NULL;
	} else if (duet_str_starts(text, "*.")) {
		name.kind = DUET_NAME_WILDCARD;
		why = wrong_wildcard(text);
	} else if (strchr(text, '*') != NULL) {
		why = "'*' may only be the whole first label, as in '*.x.org'";
	} else if (strchr(text, ':') != NULL || strchr(text, '/') != NULL) {
		why = "a name has no scheme, port or path: give the host alone";
	} else {
		why = wrong_dns(text);
	}
	if (why != NULL)
		return refuse(text, why, err);
	*ret = name;
	return DUET_OK;
}

bool duet_name_is_dns(const struct duet_name *name)
{
	return name->kind == DUET_NAME_DNS || name->kind == DUET_NAME_WILDCARD;
}

/* Where the network ends; false when bits are set behind that. */
static bool fill_mask(struct duet_subtree *tree, size_t len, uint32_t bits)
{
	uint8_t *mask = tree->range + len;
	size_t i;

	for (i = 0; i < len; i++) {
		if (bits >= 8 * (i + 1))
			mask[i] = 0xFF;
		else if (bits <= 8 * i)
			mask[i] = 0;
		else
			mask[i] = (uint8_t)(0xFF00U >> (bits - 8 * i));
		if ((tree->range[i] & (uint8_t)~mask[i]) != 0)
			return false;
	}
	tree->range_len = 2 * len;
	return true;
}

/* NULL when it is a range; *ret_is_ip tells whether it meant to be one. */
static const char *wrong_range(const char *text, struct duet_subtree *tree,
			       bool *ret_is_ip)
{
	size_t before = strcspn(text, "/");
	char address[ADDRESS_BYTES];
	uint32_t bits;
	size_t len;

	*ret_is_ip = false;
	if (before >= sizeof(address))
		return NULL;
	memcpy(address, text, before);
	address[before] = '\0';
	if (!parse_ip(address, tree->range, &len))
		return NULL;
	*ret_is_ip = true;
	bits = (uint32_t)len * 8;
	if (text[before] == '/' &&
	    !duet_parse_u32(text + before + 1, bits, &bits))
		return "the prefix length behind '/' is at most 32, or 128 for IPv6";
	if (!fill_mask(tree, len, bits))
		return "bits are set behind the prefix length";
	return NULL;
}

int duet_subtree_parse(const char *text, struct duet_subtree *ret,
		       struct duet_error *err)
{
	struct duet_subtree tree = { .kind = DUET_NAME_DNS, .text = text };
	const char *why;
	bool is_ip;

	why = wrong_range(text, &tree, &is_ip);
	if (is_ip) {
		tree.kind = DUET_NAME_IP;
	} else if (duet_str_starts(text, email_mark)) {
		tree.kind = DUET_NAME_EMAIL;
		tree.text = text + strlen(email_mark);
		why = strchr(tree.text, '@') != NULL
			      ? wrong_email(tree.text)
			      : wrong_dns(tree.text + (tree.text[0] == '.'));
	} else {
		why = wrong_dns(text + (text[0] == '.'));
	}
	if (why != NULL)
		return refuse(text, why, err);
	*ret = tree;
	return DUET_OK;
}
