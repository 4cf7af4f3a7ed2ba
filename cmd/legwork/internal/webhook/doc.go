// Package webhook delivers notifications to a webhook the way RingCentral does: the
// validation handshake, one POST a notification, three seconds for an answer, and no
// more deliveries to a receiver that has failed for ten minutes.
//
//	client.go     one POST, and what became of it
//	handshake.go  the validation of a receiver
//	pace.go       when a notification is due
//	blacklist.go  whether RingCentral would still deliver
//	tally.go      what the receiver answered
//	journal.go    how far a replay got, in a file
//	replay.go     all of it together, on goroutines
//
// Pacer, Blacklist and Tally have no clock: time is an argument. What RingCentral
// does is marked as in package wire: [documented], [observed] or [assumed].
package webhook
