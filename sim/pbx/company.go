package pbx

import "time"

// Company is what the switch knows about an account: who and what can be called.
// The zero Company has nobody.
type Company struct {
	Name string
	// Account is the account id, decimal. Its last three digits end every id of the
	// account and every legacy session id. [observed]
	Account string
	// Number is the company's main number, E.164. Outsiders see it as the caller of
	// an extension without a Direct number.
	Number     string
	Extensions []Extension
}

// Kind says what an extension is.
type Kind uint8

const (
	User Kind = iota
	Menu      // an IVR menu
	Queue
	ParkLocation
	Paging
)

// Extension is one dialable number of the company.
type Extension struct {
	// Number is the short number, "104".
	Number string
	// ID is RingCentral's internal id, decimal.
	ID   string
	Name string
	Kind Kind
	// Direct is the number under which outsiders reach it, E.164. "" for none.
	Direct string

	// Device is the id of a user's phone, Mobile the user's own outside number, E.164,
	// which a call can be flipped to. "" for none.
	Device, Mobile string
	// RingFor is how long a user's phone, or each turn of a queue, rings. Zero means
	// 30 seconds.
	RingFor time.Duration
	// Mailbox says that calls which a user does not take go to voicemail.
	Mailbox bool

	// Agents are the user extensions that a queue rings, in this order.
	Agents []string
	// OneByOne says that a queue rings its agents in turn, else all at once.
	OneByOne bool
	// WaitFor is how long a queue tries before the call goes to Overflow. Zero means
	// for ever.
	WaitFor time.Duration
	// Overflow is the extension that a queue sends unanswered calls to. "" means that
	// they end.
	Overflow string

	// Keys says where a menu sends its callers, in the order of the keys.
	Keys []Key
}

// Key is one choice of a menu.
type Key struct {
	Press string // "1", or the extension that the caller enters
	To    string // the extension's number
}
