// Package pbx is a model of RingCentral's switch: it knows who can hear whom, tells
// every change as a telephony-session notification, and writes the true call from its
// own state.
package pbx
