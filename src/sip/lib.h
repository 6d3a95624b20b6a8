/* The parts of libre this room stands on. re_sdp.h is left out on purpose: its names collide with
 * media/sdp/sdp.h, and SDP is ours. HAVE_INET6 comes from the build: it decides the layout of struct sa. */
#pragma once
#include <re_types.h>
#include <re_fmt.h>
#include <re_mbuf.h>
#include <re_mem.h>
#include <re_list.h>
#include <re_hash.h>
#include <re_sa.h>
#include <re_uri.h>
#include <re_tmr.h>
#include <re_main.h>
#include <re_msg.h>
#include <re_dns.h>
#include <re_udp.h>
#include <re_tcp.h>
#include <re_sip.h>
#include <re_sipevent.h>
#include <re_sipreg.h>
#include <re_httpauth.h>
#include <re_md5.h>
#define DEBUG_MODULE "markaz"
#define DEBUG_LEVEL 0
#include <re_dbg.h>
#undef min
#undef max
