/* SPDX-License-Identifier: MIT */
#include "site/gate.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "http/basic.h"
#include "site/refusal.h"

enum {
	CHALLENGE_MAX_BYTES = 8192,
	NETWORK_V4_BITS = 24, /* who shares the desk as one client */
	NETWORK_V6_BITS = 56,
};

/* ---- made ---- */

static bool says_something(const struct duet_gate_rules *rules)
{
	return rules->access != NULL || rules->throttle != NULL ||
	       rules->reply_rate > 0 || rules->users != NULL;
}

static bool says_throttle(const struct duet_gate_rules *rules)
{
	return rules->throttle != NULL || rules->reply_rate > 0 ||
	       rules->no_throttle;
}

/* Those of the nearest gate that says one. */
static void inherit(struct duet_gate *gate, const struct duet_gate *outer)
{
	struct duet_gate_rules *rules = &gate->rules;

	if (!says_throttle(rules)) {
		rules->throttle = outer->rules.throttle;
		rules->reply_rate = outer->rules.reply_rate;
		gate->throttle_path = outer->throttle_path;
	}
	if (rules->users == NULL && !rules->no_users) {
		rules->users = outer->rules.users;
		rules->realm = outer->rules.realm;
	}
}

static bool is_open(const struct duet_gate *gate)
{
	const struct duet_gate_rules *rules = &gate->rules;

	return !gate->has_access && rules->throttle == NULL &&
	       rules->reply_rate == 0 && rules->users == NULL;
}

/* For those who have to say who they are. */
static int make_challenge(struct duet_gate *gate, const char *path,
			  struct duet_error *err)
{
	struct duet_buffer text;
	struct duet_buf buf;
	int rc;

	if (gate->rules.users == NULL)
		return DUET_OK;
	duet_buf_init(&buf, CHALLENGE_MAX_BYTES);
	rc = duet_basic_challenge(&buf, gate->rules.realm);
	if (rc == DUET_OK)
		rc = duet_buf_take(&buf, &text);
	duet_buf_done(&buf);
	if (rc == DUET_OK)
		gate->challenge = text.data;
	if (rc == DUET_OK)
		return DUET_OK;
	if (rc == DUET_E_NOMEM)
		return duet_error_nomem(err);
	return duet_error_set(err, rc, "'%s': its realm is too long", path);
}

int duet_gate_init(struct duet_gate *gate, const struct duet_gate *outer,
		   const struct duet_gate_rules *rules, const char *path,
		   struct duet_error *err)
{
	int rc;

	*gate = (struct duet_gate){
		.rules = *rules,
		.path = path,
		.throttle_path = path,
		.outer = rules->no_access ? NULL : outer,
		.is_said = says_something(rules),
	};
	gate->has_access = rules->access != NULL ||
			   (gate->outer != NULL && gate->outer->has_access);
	if (rules->users != NULL && rules->realm == NULL)
		gate->rules.realm = path;
	if (outer != NULL)
		inherit(gate, outer);
	gate->is_open = is_open(gate);
	rc = make_challenge(gate, path, err);
	if (rc != DUET_OK)
		*gate = (struct duet_gate){ 0 };
	return rc;
}

void duet_gate_done(struct duet_gate *gate)
{
	duet_mem_free(gate->challenge);
	gate->challenge = NULL;
}

/* ---- addresses and throttles ---- */

/* What is to be given back when an exchange is over. */
struct pass {
	struct duet_throttle *throttle;
	size_t worker;
	struct duet_prefix client;
};

static void give_back(void *arg)
{
	struct pass *pass = arg;

	duet_throttle_leave(pass->throttle, pass->worker, &pass->client);
	duet_mem_free(pass);
}

/* The one that keeps it out, or NULL. */
static const struct duet_gate *denied_by(const struct duet_gate *gate,
					 const struct duet_prefix *client)
{
	while (gate != NULL && duet_access_allows(gate->rules.access, client))
		gate = gate->outer;
	return gate;
}

/* False: it has been answered. */
static bool enter(const struct duet_gate *gate,
		  const struct duet_gate_caller *caller,
		  const struct duet_prefix *client)
{
	struct duet_throttle *throttle = gate->rules.throttle;
	struct pass *pass;
	int32_t wait_ms;

	if (throttle == NULL || client == NULL)
		return true;
	pass = duet_mem_alloc(sizeof(*pass));
	if (pass == NULL) {
		(void)duet_reply_empty(caller->exchange, 503);
		return false;
	}
	*pass = (struct pass){ throttle, caller->worker, *client };
	wait_ms = duet_throttle_enter(throttle, pass->worker, client,
				      duet_clock_ms());
	if (wait_ms == 0) {
		duet_exchange_when_over(caller->exchange, give_back, pass);
		return true;
	}
	duet_mem_free(pass);
	duet_refuse_for_now(caller->exchange, gate->throttle_path, wait_ms);
	return false;
}

/* ---- passwords ---- */

/* A question under way. */
struct question {
	struct duet_gate_caller caller;
	const struct duet_gate *gate;
	struct duet_login_ask *ask;
};

static void on_gone(struct duet_exchange *exchange, void *arg)
{
	struct question *question = arg;

	(void)exchange;
	duet_desk_forget(question->caller.desk, question->ask);
	duet_mem_free(question);
}

/* True: let in, and the report has its name. */
static bool act_on(const struct duet_gate *gate, struct duet_exchange *exchange,
		   enum duet_login verdict)
{
	struct duet_basic basic;

	if (verdict == DUET_LOGIN_REFUSED)
		duet_refuse_login(exchange, gate->rules.users, gate->challenge);
	else if (verdict != DUET_LOGIN_OK)
		duet_refuse_question(exchange);
	else if (duet_basic_read(duet_head_get(duet_exchange_head(exchange),
					       "Authorization"),
				 &basic)) {
		/* Without memory, its line lacks the name. */
		(void)!duet_exchange_set_user(exchange, basic.name);
		duet_basic_wipe(&basic);
	}
	return verdict == DUET_LOGIN_OK;
}

static void on_verdict(enum duet_login verdict, void *arg)
{
	struct question question = *(struct question *)arg;
	struct duet_exchange *exchange = question.caller.exchange;

	duet_mem_free(arg);
	duet_exchange_revisit(exchange);
	if (act_on(question.gate, exchange, verdict))
		question.caller.come_in(&question.caller);
	duet_exchange_visited(exchange);
}

/* The network that a client is of, as of throttles that say nothing else. */
static const char *network_of(const struct duet_prefix *client,
			      char dst[DUET_PREFIX_TEXT_BYTES])
{
	struct duet_prefix network;

	if (client == NULL)
		return NULL;
	network = duet_prefix_cut(client, client->is_v6 ? NETWORK_V6_BITS
							: NETWORK_V4_BITS);
	duet_prefix_text(dst, &network);
	return dst;
}

/* True: come in. Else the answer comes with the verdict, perhaps at once. */
static bool log_in(const struct duet_gate *gate,
		   const struct duet_gate_caller *caller,
		   const struct duet_prefix *client)
{
	struct duet_exchange *exchange = caller->exchange;
	char network[DUET_PREFIX_TEXT_BYTES];
	struct question *question = duet_mem_zalloc(sizeof(*question));
	enum duet_login verdict;

	if (question == NULL) {
		(void)duet_reply_empty(exchange, 503);
		return false;
	}
	*question = (struct question){ *caller, gate, NULL };
	verdict = duet_desk_ask(caller->desk, gate->rules.users,
				duet_head_get(duet_exchange_head(exchange),
					      "Authorization"),
				network_of(client, network), on_verdict,
				question, &question->ask);
	if (verdict == DUET_LOGIN_LATER) {
		duet_exchange_defer(exchange, on_gone, question);
		return false;
	}
	duet_mem_free(question);
	return act_on(gate, exchange, verdict);
}

/* ---- all of it ---- */

bool duet_gate_pass(const struct duet_gate *gate,
		    const struct duet_gate_caller *caller)
{
	struct duet_exchange *exchange = caller->exchange;
	const struct duet_prefix *client = NULL;
	const struct duet_gate *denier;
	struct duet_prefix prefix;

	if (gate->is_open)
		return true;
	if (duet_prefix_of_peer(duet_exchange_peer(exchange), &prefix))
		client = &prefix;
	denier = denied_by(gate, client);
	if (denier != NULL) {
		duet_refuse_address(exchange, denier->path);
		return false;
	}
	if (!enter(gate, caller, client))
		return false;
	duet_exchange_pace(exchange, gate->rules.reply_rate);
	return gate->rules.users == NULL || log_in(gate, caller, client);
}
