// Package call is the vocabulary of what Legwork concludes: the call graph.
//
// A call is everything a customer would name one call: the telephony sessions that
// links join, transitively. Its nodes are legs, its edges are links.
//
//	leg          one party's stay in one session (one party id)
//	participant  the person, number or service behind one or more legs
//	link         a typed edge from a leg to a leg or a session, with the roles it
//	             gives, the events that prove it, and how strongly
//	talk         an interval, and the participants who could hear one another in it
//	finding      something strange or missing that a user must know
//
// A graph is sound: every link, leg, answer and participant in it is true, and so
// is every interval that is not marked uncertain, whatever was lost on the way. It
// is complete, and then equal to what happened to the millisecond, once every
// event has arrived. Between the two it says less, never something false.
//
// RingCentral's words (notification, party, status, peer) are package wire's. The
// two vocabularies are never mixed.
package call
