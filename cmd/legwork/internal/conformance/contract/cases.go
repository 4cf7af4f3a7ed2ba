package contract

import (
	"slices"
	"strings"

	"github.com/legworkhq/legwork/recon/wire"
)

// Cases lists the cases of the contract.
func Cases() []Case {
	return slices.Concat(handshakes(), tokens(), answers(), repeats(), strangers(), shapes(), numbers(), sizes())
}

// each is a case in which one change is made to every notification of an ordinary call.
func each(id, title, story string, change func(m *maker, i int, e *wire.Event)) Case {
	return Case{ID: id, Title: title, Story: story, bodies: func(m *maker) [][]byte {
		return bodies(m.call(), func(i int, e *wire.Event) { change(m, i, e) })
	}}
}

func answers() []Case {
	return []Case{
		{ID: "contract.answer/in-time/1", Title: "Every notification of an ordinary call is answered 200 within 3 s.",
			Story: "A customer calls, is answered, and hangs up; each notification is posted when the one before was answered.", do: playing(inTime)},
		{ID: "contract.answer/in-time/2", Title: "Answers take less than a second.", Should: true,
			Story: "Older pages of RingCentral's ask for an answer within one second.", do: playing(inASecond)},
		{ID: "contract.answer/at-once/1", Title: "Twenty notifications that come at the same time are each answered 200 within 3 s.",
			Story: "RingCentral does not wait for one answer before it posts the next notification.", do: playing(atOnce)},
		{ID: "contract.answer/small/1", Title: "An answer, headers and body, has at most 1,024 bytes.", Should: true,
			Story: "RingCentral reads no more than 1,024 bytes of an answer.", do: playing(small)},
		{ID: "contract.order/backwards/1", Title: "Notifications that come in the reverse order are answered 200.",
			Story: "The order of delivery is not guaranteed: a Disconnected may come before its Setup.", bodies: func(m *maker) [][]byte {
				out := bodies(m.call(), nil)
				slices.Reverse(out)
				return out
			}},
		{ID: "contract.garbage/not-json/1", Title: "A body that is no JSON is answered somehow, and the next notification 200.",
			Story: "Somebody else finds the webhook's address and posts what is no notification. Any status will do, but an answer must come, and the receiver must go on.", anyStatus: []int{0, 1}, bodies: func(m *maker) [][]byte {
				return append([][]byte{[]byte(`{"uuid": "42", "body": {`), []byte("hello=world")}, bodies(m.call(), nil)...)
			}},
		{ID: "contract.garbage/empty/1", Title: "An empty body without a Validation-Token is answered somehow, and the next notification 200.",
			Story: "A monitor, say, posts nothing at all.", anyStatus: []int{0, 1}, bodies: func(m *maker) [][]byte {
				return append([][]byte{{}, []byte("{}")}, bodies(m.call(), nil)...)
			}},
	}
}

func repeats() []Case {
	return []Case{
		{ID: "contract.duplicate/same-uuid/1", Title: "A notification that comes again is answered 200 again.",
			Story: "Each notification is posted twice. A receiver that answers the second with 409, say, fails in RingCentral's eyes.", bodies: func(m *maker) (out [][]byte) {
				for _, b := range bodies(m.call(), nil) {
					out = append(out, b, b)
				}
				return out
			}},
		{ID: "contract.duplicate/other-uuid/1", Title: "The same change with another uuid is answered 200.",
			Story: "Two subscriptions overlap, and each tells every change.", bodies: func(m *maker) (out [][]byte) {
				events := m.call()
				twin := bodies(events, func(_ int, e *wire.Event) {
					e.UUID, e.SubscriptionID = "8"+e.UUID[1:], "5b1b1e6e-0b4c-4b55-9d7e-0d5b7a9a7c11"
				})
				for i, b := range bodies(events, nil) {
					out = append(out, b, twin[i])
				}
				return out
			}},
	}
}

// strangers are names and words that a receiver has not heard of.
func strangers() []Case {
	member := wire.Member{Name: "somethingNew", Value: `{"since":2027,"list":[1,"two",null]}`}
	return []Case{
		each("contract.unknown/fields/1", "Members that nobody knows are no reason to fail.", "Every notification has new members, in the envelope, the body, the party and its status.", func(_ *maker, _ int, e *wire.Event) {
			e.Unknown, e.Body.Unknown = append(e.Unknown, member), append(e.Body.Unknown, member)
			for i := range e.Body.Parties {
				p := &e.Body.Parties[i]
				p.Unknown, p.Status.Unknown = append(p.Unknown, member), append(p.Status.Unknown, member)
			}
		}),
		each("contract.unknown/codes/1", "A status code that nobody knows is no reason to fail.", "The second notification of each party has the code Teleporting.", func(_ *maker, i int, e *wire.Event) {
			if i%3 == 1 {
				e.Body.Parties[0].Status.Code = "Teleporting"
			}
		}),
		each("contract.unknown/reasons/1", "A reason that nobody knows is no reason to fail.", "Every status has the reason Whatever.", func(_ *maker, _ int, e *wire.Event) {
			e.Body.Parties[0].Status.Reason = "Whatever"
		}),
		each("contract.unknown/origins/1", "An origin that nobody knows is no reason to fail.", "The sessions' origin is Hologram.", func(_ *maker, _ int, e *wire.Event) {
			e.Body.Origin.Type = "Hologram"
		}),
		{ID: "contract.unknown/events/1", Title: "A notification of another kind is answered 200.",
			Story: "A subscription may have more filters than the telephony sessions: a presence notification comes first, then an ordinary call.", bodies: func(m *maker) [][]byte {
				return append([][]byte{[]byte(presence)}, bodies(m.call(), nil)...)
			}},
		each("contract.unknown/spelling/1", "Codes in another letter case are no reason to fail.", "Codes are written answered, DISCONNECTED and so on.", func(_ *maker, i int, e *wire.Event) {
			s := &e.Body.Parties[0].Status
			if s.Code = wire.Code(strings.ToUpper(string(s.Code))); i%2 == 0 {
				s.Code = wire.Code(strings.ToLower(string(s.Code)))
			}
		}),
	}
}

// presence is a notification of another filter.
const presence = `{"uuid":"5718204903718264","event":"/restapi/v1.0/account/400131426008/extension/62254104008/presence","timestamp":"2026-03-02T15:00:00.000Z",` +
	`"subscriptionId":"1f0a2b3c-4d5e-6f70-8192-a3b4c5d6e7f8","body":{"extensionId":62254104008,"telephonyStatus":"Ringing","sequence":5,"presenceStatus":"Busy","userStatus":"Available","dndStatus":"TakeAllCalls"}}`

// shapes are what a notification may look like.
func shapes() []Case {
	path := func(extension bool) func(*maker, int, *wire.Event) {
		return func(_ *maker, _ int, e *wire.Event) {
			e.Resource = "/restapi/v1.0/account/400131426008/telephony/sessions"
			if extension {
				e.Resource = "/restapi/v1.0/account/400131426008/extension/62254104008/telephony/sessions"
			}
		}
	}
	return []Case{
		{ID: "contract.parties/empty/1", Title: "A notification whose list of parties is empty is answered 200.",
			Story: "The first notification has no party in it; the call follows.", bodies: func(m *maker) [][]byte {
				events := m.call()
				empty := bodies(events[:1], func(_ int, e *wire.Event) { e.Body.Parties = e.Body.Parties[:0] })
				return append(empty, bodies(events, nil)...)
			}},
		{ID: "contract.parties/several/1", Title: "A notification with two parties is answered 200.",
			Story: "The changes of two parties come in one notification.", bodies: func(m *maker) [][]byte {
				events := m.call()
				return bodies(events, func(i int, e *wire.Event) {
					if i > 0 && events[i-1].Body.Parties[0].ID != e.Body.Parties[0].ID {
						e.Body.Parties = append(e.Body.Parties, events[i-1].Body.Parties...)
					}
				})
			}},
		each("contract.paths/account/1", "The event path of the account is understood.", "Parties without an extension are told under .../account/ID/telephony/sessions.", path(false)),
		each("contract.paths/extension/1", "The event path of an extension is understood.", "Parties with an extension are told under .../account/ID/extension/ID/telephony/sessions, by the same subscription.", path(true)),
		each("contract.text/names/1", "Names in every alphabet are no reason to fail.", "The caller is called 山田 太郎 \"O'Neill\" \\ 🎷 and so on.", func(_ *maker, i int, e *wire.Event) {
			names := []string{"山田 太郎", `Seán "Jack" O'Neill \ Sons`, "🎷 Zoë", "مكتب", "line\nbreak\ttab", strings.Repeat("ñ", 64)}
			p := &e.Body.Parties[0]
			p.From.Name, p.To.Name = names[i%len(names)], names[(i+1)%len(names)]
		}),
		each("contract.text/withheld/1", "A caller of whom nothing is told is no reason to fail.", "from has neither number nor name.", func(_ *maker, _ int, e *wire.Event) {
			e.Body.Parties[0].From = wire.Endpoint{}
		}),
	}
}

func numbers() []Case {
	const beyond = 1<<53 + 1 // the first whole number that JavaScript cannot tell from its neighbour
	return []Case{
		each("contract.numbers/sequence/1", "A sequence beyond 2^53 is answered 200.", "The sequence goes on from 9007199254740993.", func(_ *maker, _ int, e *wire.Event) {
			e.Body.Sequence += beyond
		}),
		each("contract.numbers/ids/1", "Ids beyond 2^53 are answered 200.", "uuid and sessionId are decimal numbers of 19 digits, as text.", func(_ *maker, _ int, e *wire.Event) {
			e.UUID, e.Body.SessionID = "9"+strings.Repeat("0", 12)+e.UUID[max(0, len(e.UUID)-6):], "9007199254740993008"
		}),
		{ID: "contract.numbers/session-zero/1", Title: "A conference, whose sessionId is \"0\", is answered 200.",
			Story: "Three people meet in a conference. The legacy sessionId of every conference is 0.", bodies: func(m *maker) [][]byte { return bodies(m.conference(), nil) }},
	}
}

func sizes() []Case {
	large := func(id, title string, size int, should bool) Case {
		return Case{ID: id, Title: title, Should: should, Story: "The third notification is padded with members that nobody knows.", bodies: func(m *maker) [][]byte {
			return bodies(m.call(), func(i int, e *wire.Event) {
				if i == 2 {
					m.padded(e, size)
				}
			})
		}}
	}
	return []Case{
		large("contract.body/large/1", "A body of 32 KiB is answered 200.", 32<<10, false),
		large("contract.body/large/2", "A body of 95 KiB is answered 200, just below what many servers take by default.", 95<<10, false),
		large("contract.body/large/3", "A body of 512 KiB is answered 200.", 512<<10, true),
		{ID: "contract.body/least/1", Title: "A notification with the least that there can be is answered 200.",
			Story: "A party with an id and a status, in a session with an id and a sequence; everything else is left out.", bodies: func(m *maker) [][]byte {
				return bodies(m.call(), func(_ int, e *wire.Event) {
					p := e.Body.Parties[0]
					e.Body = wire.Body{Sequence: e.Body.Sequence, TelephonySessionID: e.Body.TelephonySessionID, EventTime: e.Body.EventTime,
						Parties: []wire.Party{{ID: p.ID, Direction: p.Direction, Status: wire.Status{Code: p.Status.Code}}}}
				})
			}},
	}
}
