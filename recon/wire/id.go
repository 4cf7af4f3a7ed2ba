package wire

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
)

// Grammar is one of the three ways RingCentral has written telephony session ids.
type Grammar uint8

const (
	GrammarUnknown Grammar = iota
	// Grammar2018: unpadded base64url of "cs<digits>@<server IPv4>"; parties are
	// "cs<digits>-N". [documented]
	Grammar2018
	// Grammar2019: "s-" and 32 hexadecimal digits; parties "p-<same>-N". [observed]
	Grammar2019
	// Grammar2022: "s-<server IPv4 and tag>z<creation time>z<counter>0000"; parties
	// "p-<same>-N". The creation time is in milliseconds since the epoch. [observed]
	Grammar2022
)

// ID is what a session id or a party id says about itself.
type ID struct {
	Grammar Grammar
	// Tail is the part that a session id and its parties' ids share.
	Tail string
	// Server is the IPv4 address of the server, "" when the grammar carries none. Of
	// a party id it is known in the 2022 grammar only.
	Server string
	// Created is the session's creation time, zero when the grammar carries none.
	Created Time
	// Party is N, the party's number in its session, 0 for a session id.
	Party int
}

// ParseID reads a session id or a party id of any grammar. An id of no known
// grammar still yields its party number when it ends in "-N", and GrammarUnknown.
func ParseID(id string) ID {
	var out ID
	body := id
	isParty := strings.HasPrefix(id, "p-") || strings.HasPrefix(id, "cs")
	if !strings.HasPrefix(id, "s-") {
		if cut := strings.LastIndexByte(id, '-'); cut > 1 && isParty || cut > 0 && !strings.HasPrefix(id, "p-") {
			if n, err := strconv.ParseUint(id[cut+1:], 10, 31); err == nil {
				out.Party = int(n)
				body = id[:cut]
			}
		}
	}
	switch {
	case strings.HasPrefix(body, "s-"), strings.HasPrefix(body, "p-"):
		tail := body[2:]
		out.Tail = tail
		if len(tail) == 32 && isHex(tail) {
			out.Grammar = Grammar2019
			return out
		}
		if server, created, ok := parse2022(tail); ok {
			out.Grammar, out.Server, out.Created = Grammar2022, server, created
		}
	case strings.HasPrefix(body, "cs") && isDigits(body[2:]):
		out.Grammar, out.Tail = Grammar2018, body
	default:
		out.Tail = body
		raw, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(body, "="))
		if err != nil {
			return out
		}
		tail, server, ok := strings.Cut(string(raw), "@")
		if ok && strings.HasPrefix(tail, "cs") && isDigits(tail[2:]) {
			out.Grammar, out.Tail, out.Server = Grammar2018, tail, server
		}
	}
	return out
}

// SessionStart returns the creation time that a session id carries, zero when its
// grammar carries none. It does not allocate.
func SessionStart(id string) Time {
	if len(id) < 2 || id[0] != 's' || id[1] != '-' || len(id) == 34 {
		return 0
	}
	if _, created, ok := split2022(id[2:]); ok {
		return created
	}
	return 0
}

// PartyNumber returns N of a party id "...-N", 0 when it has none. It does not
// allocate.
func PartyNumber(id string) int {
	n, mul := 0, 1
	for i := len(id) - 1; i > 0; i-- {
		c := id[i]
		switch {
		case c >= '0' && c <= '9' && mul <= 100_000_000:
			n += int(c-'0') * mul
			mul *= 10
		case c == '-' && mul > 1:
			return n
		default:
			return 0
		}
	}
	return 0
}

// split2022 cuts "<ip and tag>z<creation>z<counter>0000". Years 2001 to 2286 have
// 11 hexadecimal digits of milliseconds (0xE8D4A51000 and up).
func split2022(tail string) (head string, created Time, ok bool) {
	head, rest, ok := strings.Cut(tail, "z")
	if !ok {
		return "", 0, false
	}
	stamp, counter, ok := strings.Cut(rest, "z")
	if !ok || len(stamp) < 10 || len(stamp) > 12 || !isHex(counter) || len(counter) < 5 || !isHex(head) || len(head) < 13 || len(head) > 14 {
		return "", 0, false
	}
	v, err := strconv.ParseInt(stamp, 16, 64)
	if err != nil {
		return "", 0, false
	}
	return head, Time(v), true
}

func parse2022(tail string) (server string, created Time, ok bool) {
	head, created, ok := split2022(tail)
	if !ok {
		return "", 0, false
	}
	ip, err := strconv.ParseUint(head[:len(head)-6], 16, 32)
	if err != nil {
		return "", 0, false
	}
	return fmt.Sprintf("%d.%d.%d.%d", ip>>24, ip>>16&255, ip>>8&255, ip&255), created, true
}

// IsTelephonySessionID reports whether s looks like a telephonySessionId rather
// than a legacy numeric session id: it starts with "s-" or is a 2018 id.
func IsTelephonySessionID(s string) bool {
	return strings.HasPrefix(s, "s-") || len(s) > 16 && !isDigits(s) && ParseID(s).Grammar == Grammar2018
}

func isHex(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') && (c < 'A' || c > 'F') {
			return false
		}
	}
	return s != ""
}

func isDigits(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
