/* See fork_metadata.h. Whoever was in the call stays in the document, with the time of leaving: a recorder
 * that joined late or missed an update knows everything from the newest. */
#include "center/record/fork_metadata.h"
#include "base/clock.h"
#include "base/id.h"

#include <errno.h>
#include <string.h>

enum { KIND_SESSION = 1, KIND_PERSON, KIND_STREAM };

/* Steele, Lea and Flood's splitmix64: ids that differ in one bit look unrelated, too. */
static uint64_t mixed(uint64_t x)
{
	x += UINT64_C(0x9e3779b97f4a7c15);
	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

void fork_metadata_id(uint64_t id, unsigned kind, char ret_text[static FORK_ID_SIZE])
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	uint64_t half[2] = {mixed(id), mixed(id ^ mixed(kind))};
	uint8_t b[18] = {0};

	memcpy(b, half, 16);
	b[6] = (uint8_t)((b[6] & 0x0f) | 0x80); /* RFC 9562: version 8, our own making */
	b[8] = (uint8_t)((b[8] & 0x3f) | 0x80);
	for (int i = 0; i < 6; i++) {
		unsigned v = (unsigned)(b[3 * i] << 16 | b[3 * i + 1] << 8 | b[3 * i + 2]);
		for (int k = 0; k < 4; k++)
			ret_text[4 * i + k] = letters[v >> (18 - 6 * k) & 63];
	}
	memcpy(ret_text + 22, "==", 3);
}

/* Names of strangers: what means something in XML is written as a reference, what may not be there at all as
 * "?". */
static void add_escaped(struct text *t, const char *s)
{
	for (; *s; s++) {
		if (*s == '&')
			text_add(t, "&amp;");
		else if (*s == '<')
			text_add(t, "&lt;");
		else if (*s == '>')
			text_add(t, "&gt;");
		else if (*s == '"')
			text_add(t, "&quot;");
		else if ((unsigned char)*s < 0x20 || *s == 0x7f)
			text_add(t, "?");
		else
			text_add_n(t, s, 1);
	}
}

static void add_time(struct text *t, const char *element, int64_t wall_ms)
{
	char text[CLOCK_TEXT_SIZE];

	if (wall_ms)
		text_printf(t, "<%s>%s</%s>", element, clock_text(wall_ms, text), element);
}

static void add_person(struct text *t, const struct fork_person *p)
{
	char id[FORK_ID_SIZE];

	fork_metadata_id(p->id, KIND_PERSON, id);
	text_printf(t, "<participant participant_id=\"%s\"><nameID aor=\"", id);
	add_escaped(t, p->aor);
	text_add(t, "\">");
	if (p->name[0]) {
		text_add(t, "<name>");
		add_escaped(t, p->name);
		text_add(t, "</name>");
	}
	text_add(t, "</nameID></participant>\r\n");
}

static void add_streams(struct text *t, const struct fork_metadata *m, const char *session)
{
	char id[FORK_ID_SIZE];

	for (unsigned i = 0; i < FORK_STREAMS; i++) {
		fork_metadata_id(m->fork + i, KIND_STREAM, id);
		text_printf(t, "<stream stream_id=\"%s\" session_id=\"%s\"><label>%u</label></stream>\r\n",
			id, session, i + 1);
	}
}

/* Who is in the session since when, and who says which stream. Whoever left says nothing any more. */
static void add_associations(struct text *t, const struct fork_metadata *m, const char *session)
{
	char person[FORK_ID_SIZE], stream[FORK_ID_SIZE];

	for (int i = 0; i < m->n_people; i++) {
		const struct fork_person *p = &m->people[i];
		fork_metadata_id(p->id, KIND_PERSON, person);
		text_printf(t, "<participantsessionassoc participant_id=\"%s\" session_id=\"%s\">", person,
			session);
		add_time(t, "associate-time", p->from_ms);
		add_time(t, "disassociate-time", p->until_ms);
		text_add(t, "</participantsessionassoc>\r\n");
	}
	for (int i = 0; i < m->n_people; i++) {
		const struct fork_person *p = &m->people[i];
		unsigned says = p->is_customer ? FORK_CUSTOMER : FORK_HOUSE, hears = FORK_STREAMS - 1 - says;
		if (p->until_ms)
			continue;
		fork_metadata_id(p->id, KIND_PERSON, person);
		fork_metadata_id(m->fork + says, KIND_STREAM, stream);
		text_printf(
			t, "<participantstreamassoc participant_id=\"%s\"><send>%s</send>", person, stream);
		fork_metadata_id(m->fork + hears, KIND_STREAM, stream);
		text_printf(t, "<recv>%s</recv></participantstreamassoc>\r\n", stream);
	}
}

int fork_metadata_xml(const struct fork_metadata *m, char *ret_xml, size_t size)
{
	_cleanup_text_ struct text t = {0};
	char session[FORK_ID_SIZE], interaction[ID_TEXT_SIZE];

	fork_metadata_id(m->fork, KIND_SESSION, session);
	text_add(&t, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<recording "
		     "xmlns=\"urn:ietf:params:xml:ns:recording:1\">\r\n"
		     "<datamode>complete</datamode>\r\n");
	text_printf(&t, "<session session_id=\"%s\">", session);
	add_time(&t, "start-time", m->started_ms);
	add_time(&t, "stop-time", m->ended_ms);
	text_printf(&t, "<m:interaction xmlns:m=\"urn:markaz:recording\">%s</m:interaction></session>\r\n",
		id_text(m->interaction, interaction));
	for (int i = 0; i < m->n_people; i++)
		add_person(&t, &m->people[i]);
	add_streams(&t, m, session);
	text_printf(&t, "<sessionrecordingassoc session_id=\"%s\">", session);
	add_time(&t, "associate-time", m->started_ms);
	text_add(&t, "</sessionrecordingassoc>\r\n");
	add_associations(&t, m, session);
	text_add(&t, "</recording>\r\n");
	if (t.failed)
		return -ENOMEM;
	return str_put(ret_xml, size, t.data);
}
