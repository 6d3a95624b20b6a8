/* A bounded mailbox: how threads talk. Many senders, one receiver, fixed-size messages copied by value.
 *
 * A full mailbox refuses (-ENOBUFS): the sender decides what to give up. The receiver waits on mailbox_fd
 * with its own loop and then drains. A message may carry owned pointers; ownership passes with a successful
 * send. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

struct mailbox;

/* For messages of message_bytes each, at most limit waiting. 0, -ENOMEM or -errno of eventfd. */
int mailbox_new(struct mailbox **ret_mailbox, size_t message_bytes, size_t limit);
/* Copies *message in and wakes the receiver. Any thread. 0, or -ENOBUFS when full (nothing taken). */
int mailbox_send(struct mailbox *m, const void *message);
/* Takes the oldest message into *ret_message. Receiver only. True when there was one. */
bool mailbox_take(struct mailbox *m, void *ret_message);
/* Readable while messages wait; belongs to the mailbox. Call mailbox_clear once per wake-up, before draining.
 */
int mailbox_fd(const struct mailbox *m);
void mailbox_clear(struct mailbox *m);
/* Sleeps until a message waits or timeout_ms passed (-1: no limit). Receiver without a loop of its own. */
void mailbox_wait(struct mailbox *m, int timeout_ms);
size_t mailbox_length(struct mailbox *m);
/* No sender may be left. Messages still inside are dropped: drain first when they own something. NULL is
 * fine. */
void mailbox_free(struct mailbox *m);
