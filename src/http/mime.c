/* SPDX-License-Identifier: MIT */
#include "http/mime.h"

#include <string.h>

#include "base/str.h"

#define UTF8 "; charset=utf-8"

enum {
	LONGEST = 12, /* of the extensions below, and a NUL */
};

/* In the order of strcmp(). */
static const struct {
	const char *extension;
	const char *type;
} types[] = {
	{ "7z", "application/x-7z-compressed" },
	{ "aac", "audio/aac" },
	{ "apng", "image/apng" },
	{ "asc", "text/plain" UTF8 },
	{ "atom", "application/atom+xml" },
	{ "avif", "image/avif" },
	{ "bin", "application/octet-stream" },
	{ "bmp", "image/bmp" },
	{ "br", "application/octet-stream" },
	{ "bz2", "application/x-bzip2" },
	{ "c", "text/plain" UTF8 },
	{ "cfg", "text/plain" UTF8 },
	{ "conf", "text/plain" UTF8 },
	{ "cpp", "text/plain" UTF8 },
	{ "crl", "application/pkix-crl" },
	{ "crt", "application/x-x509-ca-cert" },
	{ "css", "text/css" UTF8 },
	{ "csv", "text/csv" UTF8 },
	{ "deb", "application/vnd.debian.binary-package" },
	{ "diff", "text/plain" UTF8 },
	{ "doc", "application/msword" },
	{ "docx",
	  "application/vnd.openxmlformats-officedocument.wordprocessingml.document" },
	{ "eot", "application/vnd.ms-fontobject" },
	{ "epub", "application/epub+zip" },
	{ "flac", "audio/flac" },
	{ "gif", "image/gif" },
	{ "gz", "application/gzip" },
	{ "h", "text/plain" UTF8 },
	{ "htm", "text/html" UTF8 },
	{ "html", "text/html" UTF8 },
	{ "ico", "image/x-icon" },
	{ "ics", "text/calendar" UTF8 },
	{ "iso", "application/octet-stream" },
	{ "jar", "application/java-archive" },
	{ "jpeg", "image/jpeg" },
	{ "jpg", "image/jpeg" },
	{ "js", "text/javascript" UTF8 },
	{ "json", "application/json" },
	{ "jsonld", "application/ld+json" },
	{ "jxl", "image/jxl" },
	{ "log", "text/plain" UTF8 },
	{ "m3u8", "application/vnd.apple.mpegurl" },
	{ "m4a", "audio/mp4" },
	{ "m4v", "video/mp4" },
	{ "map", "application/json" },
	{ "md", "text/markdown" UTF8 },
	{ "mid", "audio/midi" },
	{ "midi", "audio/midi" },
	{ "mjs", "text/javascript" UTF8 },
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
	{ "otf", "font/otf" },
	{ "p12", "application/x-pkcs12" },
	{ "patch", "text/plain" UTF8 },
	{ "pdf", "application/pdf" },
	{ "pem", "application/x-pem-file" },
	{ "png", "image/png" },
	{ "ppt", "application/vnd.ms-powerpoint" },
	{ "pptx",
	  "application/vnd.openxmlformats-officedocument.presentationml.presentation" },
	{ "ps", "application/postscript" },
	{ "py", "text/plain" UTF8 },
	{ "rar", "application/vnd.rar" },
	{ "rss", "application/rss+xml" },
	{ "rst", "text/plain" UTF8 },
	{ "rtf", "application/rtf" },
	{ "sh", "text/plain" UTF8 },
	{ "svg", "image/svg+xml" },
	{ "tar", "application/x-tar" },
	{ "tex", "text/plain" UTF8 },
	{ "tgz", "application/gzip" },
	{ "tif", "image/tiff" },
	{ "tiff", "image/tiff" },
	{ "toml", "application/toml" },
	{ "ts", "video/mp2t" },
	{ "ttf", "font/ttf" },
	{ "txt", "text/plain" UTF8 },
	{ "vtt", "text/vtt" UTF8 },
	{ "wasm", "application/wasm" },
	{ "wav", "audio/wav" },
	{ "weba", "audio/webm" },
	{ "webm", "video/webm" },
	{ "webmanifest", "application/manifest+json" },
	{ "webp", "image/webp" },
	{ "woff", "font/woff" },
	{ "woff2", "font/woff2" },
	{ "xhtml", "application/xhtml+xml" },
	{ "xls", "application/vnd.ms-excel" },
	{ "xlsx",
	  "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" },
	{ "xml", "application/xml" },
	{ "xsl", "application/xslt+xml" },
	{ "xz", "application/x-xz" },
	{ "yaml", "application/yaml" },
	{ "yml", "application/yaml" },
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

const char *duet_mime_type(const char *path)
{
	char extension[LONGEST];
	size_t low = 0;
	size_t high = sizeof(types) / sizeof(types[0]);

	get_extension(extension, path);
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int order = strcmp(types[mid].extension, extension);

		if (order == 0)
			return types[mid].type;
		if (order < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return "application/octet-stream";
}
