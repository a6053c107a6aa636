/* SPDX-License-Identifier: MIT */
/* client URL - fetch it, and say in words why not */
#include <stdio.h>

#include <duet/client.h>

int main(int argc, char **argv)
{
	const char *url = argc > 1 ? argv[1] : "https://example.com/";
	struct duet_error err;
	struct duet_bytes body;
	struct duet_response *r = duet_get(url, &err);
	int failed = r == NULL || duet_response_body(r, &body, &err) < 0;

	if (failed)
		fprintf(stderr, "%s\n", err.text);
	else
		fwrite(body.data, 1, body.len, stdout);
	duet_response_free(r);
	return failed;
}
