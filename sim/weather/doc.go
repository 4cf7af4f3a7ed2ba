// Package weather is what a network does to notifications between the switch that
// sends them and the program that receives them: repeats, disorder, delay, loss,
// stoppages, restarts, a second subscription.
//
// A Weather describes it, a Line does it, event by event, holding only what is in
// flight. Nothing here reads a clock, a file or a random source of its own: a Weather
// and a seed give the same deliveries on every machine and with every version of Go.
//
// Each fault rolls its own dice, by the number of the event. A fault that is taken
// out of a Weather leaves the choices of the others as they were, so a case that
// fails can be made smaller fault by fault.
//
// Claims about RingCentral carry the marks of package wire.
package weather
