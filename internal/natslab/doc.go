// Package natslab is a laboratory for tests: a cluster of real NATS servers with
// JetStream, each a process of its own, whose nodes may be killed, stopped, paused,
// started again and, on Linux as root, cut off from one another. And a PostgreSQL server
// that may be disturbed likewise.
//
// Nothing but tests may import it. Everything stays on this machine.
//
// # How long things take
//
// The servers' timings are constants of theirs, and no option changes them: a follower
// waits 4 s to 9 s before it stands for election, a leader says that it is there every
// second, and gives up when it has heard no majority for 10 s. So three new nodes need
// some 5 s to 10 s until they have a leader, and a stream whose leader is killed takes
// no message for about as long. Start one cluster for a package's tests, with Shared.
package natslab
