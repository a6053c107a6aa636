/* SPDX-License-Identifier: MIT */
/*
 * A P-256 key in several wrappings, all with the passphrase "secret", and its
 * certificate for localhost. Those in old ciphers cannot be made at run time:
 * OpenSSL 3 writes them only with its legacy provider.
 */
#ifndef DUET_TESTS_CERT_FIXTURE_H
#define DUET_TESTS_CERT_FIXTURE_H

static const char fixture_cert[] =
	"-----BEGIN CERTIFICATE-----\n"
	"MIIBlTCCATugAwIBAgIUOrsLeXxUad5hMY3LNNcCIfqepdYwCgYIKoZIzj0EAwIw\n"
	"FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyNDAyNDU0M1oYDzIxMjYxMDMx\n"
	"MDI0NTQzWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO\n"
	"PQMBBwNCAARG+2oSYsSjKcjqRn76GUnHCE564v4YzlSOtibt5mJRGYkG9U59KqsC\n"
	"SgFvP07POQE2DffkGW+W3TdXfslOVmY+o2kwZzAdBgNVHQ4EFgQU9jSmF98Apd/E\n"
	"oXPy9s5oWh+z4IswHwYDVR0jBBgwFoAU9jSmF98Apd/EoXPy9s5oWh+z4IswDwYD\n"
	"VR0TAQH/BAUwAwEB/zAUBgNVHREEDTALgglsb2NhbGhvc3QwCgYIKoZIzj0EAwID\n"
	"SAAwRQIgDySmkYtH3s821zCj9Leza+RR+O2KuCPyVd9oiDXPHIcCIQDSw6IMQyb5\n"
	"1tdRUYgrUa2AQqO/j2BL9ibjX6kDJbS9CQ==\n"
	"-----END CERTIFICATE-----\n";

/* A CA's certificate for the same key. */
static const char fixture_ca[] =
	"-----BEGIN CERTIFICATE-----\n"
	"MIIBczCCARmgAwIBAgIUYKZr/qA/asJyuxUfn5MMOFsZhNwwCgYIKoZIzj0EAwIw\n"
	"FTETMBEGA1UEAwwKRml4dHVyZSBDQTAgFw0yNjExMjQwMzAyNDhaGA8yMTI2MTAz\n"
	"MTA0MDI0OFowFTETMBEGA1UEAwwKRml4dHVyZSBDQTBZMBMGByqGSM49AgEGCCqG\n"
	"SM49AwEHA0IABEb7ahJixKMpyOpGfvoZSccITnri/hjOVI62Ju3mYlEZiQb1Tn0q\n"
	"qwJKAW8/Ts85ATYN9+QZb5bdN1d+yU5WZj6jRTBDMBIGA1UdEwEB/wQIMAYBAf8C\n"
	"AQEwDgYDVR0PAQH/BAQDAgEGMB0GA1UdDgQWBBQVh/8Y5HSp0jyy7eor/Ye2nnkU\n"
	"EzAKBggqhkjOPQQDAgNIADBFAiEAtLZ9ddSFQ8cTI1Bp03qtPc1LFy8UU4fVDQ5N\n"
	"lLX/1WQCIALM4GqJ/948ojhZ15K+nuNOhw4I+oCGLY9gvp2d3W/D\n"
	"-----END CERTIFICATE-----\n";

/* PKCS#8; SEC 1; PKCS#8 in AES-256 */
static const char fixture_key[] =
	"-----BEGIN PRIVATE KEY-----\n"
	"MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgBSFlYESknt6Tpq87\n"
	"DJt9Fc1254TV7Rnf5+0xtXky/suhRANCAARG+2oSYsSjKcjqRn76GUnHCE564v4Y\n"
	"zlSOtibt5mJRGYkG9U59KqsCSgFvP07POQE2DffkGW+W3TdXfslOVmY+\n"
	"-----END PRIVATE KEY-----\n";
static const char fixture_key_sec1[] =
	"-----BEGIN EC PRIVATE KEY-----\n"
	"MHcCAQEEIAUhZWBEpJ7ek6avOwybfRXNdueE1e0Z3+ftMbV5Mv7LoAoGCCqGSM49\n"
	"AwEHoUQDQgAERvtqEmLEoynI6kZ++hlJxwhOeuL+GM5UjrYm7eZiURmJBvVOfSqr\n"
	"AkoBbz9OzzkBNg335Blvlt03V37JTlZmPg==\n"
	"-----END EC PRIVATE KEY-----\n";
static const char fixture_key_encrypted[] =
	"-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
	"MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAjOe0OOqwcosAICCAAw\n"
	"DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEBDCzINjuANWdMaNrnJcs/UEgZB5\n"
	"1itmzIeT4zjC+IgS6OeT3SAdq9BkJ6gnGSzzxmGxCV6aaZSCcmm9wzrBzO/i3VIs\n"
	"JzUjor8mu8xoDj4DgsONSTo+eGg8ouH/2mNkROvoFWFEa+g9JQf4QKfqovoWfA46\n"
	"Mon0JpgWIzAf8UMPENccLKavuB4upYuKFRJI310RftqvGfBuYtS/uAWfGys4BzI=\n"
	"-----END ENCRYPTED PRIVATE KEY-----\n";
/* SEC 1 in PEM's own AES-128; PKCS#8 in DES */
static const char fixture_key_sec1_encrypted[] =
	"-----BEGIN EC PRIVATE KEY-----\n"
	"Proc-Type: 4,ENCRYPTED\n"
	"DEK-Info: AES-128-CBC,83CD9FF07BADABFCB776C78C222079D2\n"
	"\n"
	"IfKJjie99/mJQAUsTjaBRW0/9UZ3xaeD5Meehx4jyzCnnjBzmlmW1yOo4n/GSLN/\n"
	"FXQKzaS4oheZrpncKpW1AL5c2G/zk53Be+AqFKyok/plLq9BZhdhOqfxr4tZ5rBX\n"
	"Nm84WaK3ECqUOo/6nU1om20LUsvje9tSweb429Pzk30=\n"
	"-----END EC PRIVATE KEY-----\n";
static const char fixture_key_des[] =
	"-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
	"MIGwMBsGCSqGSIb3DQEFAzAOBAjx/BYI/bUGuQICCAAEgZDAUpdYhnGVqjt+flzr\n"
	"qHP+2+CgDBixKmHEBQN+fVBdYtMFjSxi7Yd0Fx2jyuPlpfW0GTKrwQkhTbFKFXSw\n"
	"j/w3KH4xhAu2S0I2Jq2UBZa/PpcsTVZkzLflzSVxJa6Ebr4q2sPMe9j6lUyOm2lO\n"
	"EAP7RZ1c4/vwa7DA4nIcbc+7BEQkvkMVlAj2BL+QSbkkato=\n"
	"-----END ENCRYPTED PRIVATE KEY-----\n";
/* PKCS#12 in RC2-40, base64 */
static const char fixture_p12_rc2[] =
	"MIIDmgIBAzCCA2AGCSqGSIb3DQEHAaCCA1EEggNNMIIDSTCCAj8GCSqGSIb3DQEHBqCCAjAwggIs\n"
	"AgEAMIICJQYJKoZIhvcNAQcBMBwGCiqGSIb3DQEMAQYwDgQIf6uB1jH6n6UCAggAgIIB+DxPuXEx\n"
	"YuB3nE3rqA9pB1qy8r6/J7MMlCCJfYmXm+7qoCRHu0xuxQ88AJ1wyhHXBHvajb5fpFauHqz0rah9\n"
	"0xpHZLlDR2k2Ahh5jZdug8byYRrL2JzxrseplgruP8l0ds8W0Z57xg//uLL+t8V6sfKwgphy1dBH\n"
	"COLYVMQIE7M1k+4XU2tbj4liprHk4bH6wOjYUf3UaPHFO8vY5wKFx7/HnHO01SEClLgRzqS5HZRR\n"
	"E5EV0kkSqEKu4ds2hA81CuoST2S9hzzBPS5lGGehsO7xvbeKdgksMfwYO6OpEEfaus7VQ6SrMPH4\n"
	"Ouhem3svfOYdhGl+GlnOknFLp2cC1ytD5ivzxQ9x7MRfIkr0j5WOB+aEaYLqTzXlBU0N4OKScOjb\n"
	"A+iZIFbVLdRhDUa0gZ7j2vm2his3WoOCuG+GNQWYBCbn18Nv3tfnA0eMr1tKnQRAZUfWHZaB0Fzw\n"
	"w59HVv1lL92QQMa0B0fd1qWUpAi7kcMQ7L7V2Q5soWBujKdlqBh7xbSYXRtEoPLSOeXBnJ4Tj9LF\n"
	"XCunTqt6FMXDFTndKztJm1pYlBrS7y3bSEhHViHpUQvwCz1eKfAI8P/XSIIDEp7YlZ/pATw2BC/y\n"
	"rHEwIiu724OonAKNm3WeqH5gv3gWWiJs9rNd/U3EZ+Zb+/T9XlToYJGgLzCCAQIGCSqGSIb3DQEH\n"
	"AaCB9ASB8TCB7jCB6wYLKoZIhvcNAQwKAQKggbQwgbEwHAYKKoZIhvcNAQwBAzAOBAgQm1jK9S7p\n"
	"vgICCAAEgZCyB2ry8XFUIlT9iJvg7y38gga5xhHA7cj0GK2jkZvYKFZ2Q3ijsCrVJ5I+B92j5dgU\n"
	"CHYqIuk7hnzcPcLzIa2R+kLQJBUpd/iwit0VP0FIkeVTRYgyZO2tKX6d7NizEnNpVDoum5052Xlr\n"
	"QzJy4n0kOAjbR2aWvm4I1SHyFvQ4vz/SpfvhGGJxPwle03+V6sgxJTAjBgkqhkiG9w0BCRUxFgQU\n"
	"aqW5pY8kIY/ZDfuZNcjca7stEy0wMTAhMAkGBSsOAwIaBQAEFCl1WNEvy1nzVGdy0wLKxU6bK99Q\n"
	"BAgYfMKAlV4MTwICCAA=\n";

#endif
