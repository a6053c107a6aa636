/* SPDX-License-Identifier: MIT */
#include "http/mime.h"

#include <string.h>

#include "base/str.h"

#define UTF8    "; charset=utf-8"
#define SHRINKS true

enum {
	LONGEST = 12, /* of the extensions below, and a NUL */
};

/* In the order of strcmp(). */
static const struct {
	const char *extension;
	const char *type;
	bool shrinks;
} types[] = {
	{ "7z", "application/x-7z-compressed" },
	{ "aac", "audio/aac" },
	{ "apng", "image/apng" },
	{ "asc", "text/plain" UTF8, SHRINKS },
	{ "atom", "application/atom+xml", SHRINKS },
	{ "avif", "image/avif" },
	{ "bin", "application/octet-stream" },
	{ "bmp", "image/bmp", SHRINKS },
	{ "br", "application/octet-stream" },
	{ "bz2", "application/x-bzip2" },
	{ "c", "text/plain" UTF8, SHRINKS },
	{ "cfg", "text/plain" UTF8, SHRINKS },
	{ "conf", "text/plain" UTF8, SHRINKS },
	{ "cpp", "text/plain" UTF8, SHRINKS },
	{ "crl", "application/pkix-crl" },
	{ "crt", "application/x-x509-ca-cert" },
	{ "css", "text/css" UTF8, SHRINKS },
	{ "csv", "text/csv" UTF8, SHRINKS },
	{ "deb", "application/vnd.debian.binary-package" },
	{ "diff", "text/plain" UTF8, SHRINKS },
	{ "doc", "application/msword" },
	{ "docx",
	  "application/vnd.openxmlformats-officedocument.wordprocessingml.document" },
	{ "eot", "application/vnd.ms-fontobject", SHRINKS },
	{ "epub", "application/epub+zip" },
	{ "flac", "audio/flac" },
	{ "gif", "image/gif" },
	{ "gz", "application/gzip" },
	{ "h", "text/plain" UTF8, SHRINKS },
	{ "htm", "text/html" UTF8, SHRINKS },
	{ "html", "text/html" UTF8, SHRINKS },
	{ "ico", "image/x-icon", SHRINKS },
	{ "ics", "text/calendar" UTF8, SHRINKS },
	{ "iso", "application/octet-stream" },
	{ "jar", "application/java-archive" },
	{ "jpeg", "image/jpeg" },
	{ "jpg", "image/jpeg" },
	{ "js", "text/javascript" UTF8, SHRINKS },
	{ "json", "application/json", SHRINKS },
	{ "jsonld", "application/ld+json", SHRINKS },
	{ "jxl", "image/jxl" },
	{ "log", "text/plain" UTF8, SHRINKS },
	{ "m3u8", "application/vnd.apple.mpegurl", SHRINKS },
	{ "m4a", "audio/mp4" },
	{ "m4v", "video/mp4" },
	{ "map", "application/json", SHRINKS },
	{ "md", "text/markdown" UTF8, SHRINKS },
	{ "mid", "audio/midi" },
	{ "midi", "audio/midi" },
	{ "mjs", "text/javascript" UTF8, SHRINKS },
	{ "mkv", "video/x-matroska" },
	{ "mov", "video/quicktime" },
	{ "mp3", "audio/mpeg" },
	{ "mp4", "video/mp4" },
	{ "mpeg", "video/mpeg" },
	{ "mpg", "video/mpeg" },
	{ "odp", "application/vnd.oasis.opendocument.presentation" },
	{ "ods", "application/vnd.oasis.opendocument.spreadsheet" },
	{ "odt", "application/vnd.oasis.opendocument.text" },
	{ "oga", "audio/ogg" },
	{ "ogg", "audio/ogg" },
	{ "ogv", "video/ogg" },
	{ "opus", "audio/ogg" },
	{ "otf", "font/otf", SHRINKS },
	{ "p12", "application/x-pkcs12" },
	{ "patch", "text/plain" UTF8, SHRINKS },
	{ "pdf", "application/pdf" },
	{ "pem", "application/x-pem-file", SHRINKS },
	{ "png", "image/png" },
	{ "ppt", "application/vnd.ms-powerpoint" },
	{ "pptx",
	  "application/vnd.openxmlformats-officedocument.presentationml.presentation" },
	{ "ps", "application/postscript", SHRINKS },
	{ "py", "text/plain" UTF8, SHRINKS },
	{ "rar", "application/vnd.rar" },
	{ "rss", "application/rss+xml", SHRINKS },
	{ "rst", "text/plain" UTF8, SHRINKS },
	{ "rtf", "application/rtf", SHRINKS },
	{ "sh", "text/plain" UTF8, SHRINKS },
	{ "svg", "image/svg+xml", SHRINKS },
	{ "tar", "application/x-tar" },
	{ "tex", "text/plain" UTF8, SHRINKS },
	{ "tgz", "application/gzip" },
	{ "tif", "image/tiff" },
	{ "tiff", "image/tiff" },
	{ "toml", "application/toml", SHRINKS },
	{ "ts", "video/mp2t" },
	{ "ttf", "font/ttf", SHRINKS },
	{ "txt", "text/plain" UTF8, SHRINKS },
	{ "vtt", "text/vtt" UTF8, SHRINKS },
	{ "wasm", "application/wasm", SHRINKS },
	{ "wav", "audio/wav" },
	{ "weba", "audio/webm" },
	{ "webm", "video/webm" },
	{ "webmanifest", "application/manifest+json", SHRINKS },
	{ "webp", "image/webp" },
	{ "woff", "font/woff" },
	{ "woff2", "font/woff2" },
	{ "xhtml", "application/xhtml+xml", SHRINKS },
	{ "xls", "application/vnd.ms-excel" },
	{ "xlsx",
	  "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" },
	{ "xml", "application/xml", SHRINKS },
	{ "xsl", "application/xslt+xml", SHRINKS },
	{ "xz", "application/x-xz" },
	{ "yaml", "application/yaml", SHRINKS },
	{ "yml", "application/yaml", SHRINKS },
	{ "zip", "application/zip" },
	{ "zst", "application/zstd" },
};

/* The extension in lower case, or "". A dotfile has none. */
static void get_extension(char dst[LONGEST], const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash != NULL ? slash + 1 : path;
	const char *dot = strrchr(name, '.');
	size_t i;

	dst[0] = '\0';
	if (dot == NULL || dot == name || strlen(dot + 1) >= LONGEST)
		return;
	for (i = 0; dot[i + 1] != '\0'; i++)
		dst[i] = (char)duet_to_lower((unsigned char)dot[i + 1]);
	dst[i] = '\0';
}

const char *duet_media_type(const char *path)
{
	return duet_mime_of(path).type;
}

struct duet_mime duet_mime_of(const char *path)
{
	char extension[LONGEST];
	size_t low = 0;
	size_t high = sizeof(types) / sizeof(types[0]);

	get_extension(extension, path);
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int order = strcmp(types[mid].extension, extension);

		if (order == 0)
			return (struct duet_mime){ types[mid].type,
						   types[mid].shrinks };
		if (order < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return (struct duet_mime){ "application/octet-stream", false };
}
