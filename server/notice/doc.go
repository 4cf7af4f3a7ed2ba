// Package notice tells integrators what became of calls: it posts notices to their
// webhooks, signed as Standard Webhooks (https://www.standardwebhooks.com) describes.
//
//	make.go     what a notice says
//	sign.go     how it is signed, and how a receiver verifies it
//	target.go   where it may go: not into the network that the server stands in
//	deliver.go  when it goes: at least once, in order for each call, again after failures
//
// What waits is in the store, so nothing is lost when the process ends.
package notice
