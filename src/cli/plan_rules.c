/* SPDX-License-Identifier: MIT */
#include "cli/plan_rules.h"

#include "base/mem.h"

enum {
	MOVED = 302, /* RFC 9110 s15.4.3: for now */
};

static const char hsts_name[] = "Strict-Transport-Security";

static void take_answer(const struct duet_settings_rules *said,
			struct duet_route *route)
{
	if (said->redirect != NULL) {
		route->answer = DUET_ANSWER_REDIRECT;
		route->to = said->redirect->to;
		route->status = said->redirect->status != NULL
					? (int)*said->redirect->status
					: MOVED;
	} else if (said->reply != NULL) {
		route->answer = DUET_ANSWER_REPLY;
		route->status = (int)*said->reply->status;
		route->type = said->reply->type;
		route->text = said->reply->text;
	}
}

/* With room for one more. */
static bool take_fields(const struct duet_settings_rules *said,
			struct duet_route *route)
{
	struct duet_field_rule *fields =
		duet_mem_array((size_t)said->n_headers + 1, sizeof(*fields));
	uint32_t i;

	route->fields = fields;
	if (fields == NULL)
		return false;
	for (i = 0; i < said->n_headers; i++) {
		const struct duet_settings_field *from = &said->headers[i];

		fields[i].value = from->value;
		if (from->set != NULL) {
			fields[i].change = DUET_FIELD_SET;
			fields[i].name = from->set;
		} else if (from->add != NULL) {
			fields[i].change = DUET_FIELD_ADD;
			fields[i].name = from->add;
		} else {
			fields[i].change = DUET_FIELD_REMOVE;
			fields[i].name = from->remove;
		}
	}
	route->n_fields = said->n_headers;
	return true;
}

static bool take_cache(const struct duet_settings_rules *said,
		       struct duet_route *route)
{
	struct duet_cache_rule *cache =
		duet_mem_array(said->n_cache, sizeof(*cache));
	uint32_t i;

	route->cache = cache;
	if (cache == NULL)
		return false;
	for (i = 0; i < said->n_cache; i++)
		cache[i] = (struct duet_cache_rule){
			(const char *const *)said->cache[i].files,
			said->cache[i].n_files,
			said->cache[i].control,
		};
	route->n_cache = said->n_cache;
	return true;
}

static bool take_errors(const struct duet_settings_rules *said,
			struct duet_route *route)
{
	struct duet_error_file *errors =
		duet_mem_array(said->n_errors, sizeof(*errors));
	uint32_t i;

	route->errors = errors;
	if (errors == NULL)
		return false;
	for (i = 0; i < said->n_errors; i++)
		errors[i] = (struct duet_error_file){
			(int)*said->errors[i].status,
			said->errors[i].file,
		};
	route->n_errors = said->n_errors;
	return true;
}

static bool take_throttle(const struct duet_settings_throttle *said,
			  struct duet_service_rules *rules)
{
	struct duet_throttle_options *options;

	if (said == NULL)
		return true;
	rules->route.gate.reply_rate = said->reply_rate;
	if (said->requests == 0 && said->concurrent == 0)
		return true;
	options = duet_mem_zalloc(sizeof(*options));
	rules->throttle = options;
	if (options == NULL)
		return false;
	options->requests = said->requests;
	options->seconds = said->seconds;
	options->burst = said->burst;
	options->concurrent = said->concurrent;
	options->clients = said->clients;
	options->v4_bits = (uint8_t)said->v4_bits;
	options->v6_bits = (uint8_t)said->v6_bits;
	return true;
}

bool duet_plan_take_rules(const struct duet_settings_rules *said,
			  struct duet_service_rules *ret)
{
	*ret = (struct duet_service_rules){
		.allow = (const char *const *)said->allow,
		.n_allow = said->n_allow,
		.deny = (const char *const *)said->deny,
		.n_deny = said->n_deny,
		.route = { .list = said->list,
			   .compress = said->compress,
			   .insecure_http = said->insecure_http,
			   .fallback = said->fallback,
			   .no_fallback = said->no_fallback,
			   .no_cache = said->no_cache,
			   .no_errors = said->no_errors,
			   .gate = { .no_access = said->no_deny,
				     .no_throttle = said->no_throttle,
				     .no_users = said->no_auth } },
	};
	if (said->auth != NULL)
		ret->route.gate.realm = said->auth->realm;
	take_answer(said, &ret->route);
	return take_fields(said, &ret->route) &&
	       take_cache(said, &ret->route) &&
	       take_errors(said, &ret->route) &&
	       take_throttle(said->throttle, ret);
}

/* RFC 6797 s6.1. */
bool duet_plan_take_hsts(const struct duet_settings_hsts *said,
			 struct duet_service_rules *site)
{
	struct duet_field_rule *fields =
		(struct duet_field_rule *)site->route.fields;
	char *value;

	if (said == NULL)
		return true;
	value = duet_mem_printf("max-age=%lld%s%s", (long long)*said->max_age_s,
				said->subdomains ? "; includeSubDomains" : "",
				said->preload ? "; preload" : "");
	if (value == NULL)
		return false;
	fields[site->route.n_fields++] = (struct duet_field_rule){
		DUET_FIELD_SET,
		hsts_name,
		value,
	};
	return true;
}

void duet_plan_free_rules(const struct duet_service_rules *rules)
{
	const struct duet_route *route = &rules->route;
	size_t i;

	for (i = 0; i < route->n_fields; i++)
		if (route->fields[i].name == hsts_name)
			duet_mem_free((char *)route->fields[i].value);
	duet_mem_free((void *)route->fields);
	duet_mem_free((void *)route->cache);
	duet_mem_free((void *)route->errors);
	duet_mem_free((void *)rules->throttle);
}
