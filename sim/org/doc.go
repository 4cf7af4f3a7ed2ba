// Package org makes up companies of any size, their outside callers, and the calls of
// a business day.
//
// Everything is a pure function of seeds: the same seed gives the same bytes on every
// machine and with every version of Go. So all draws are of integers, made from the
// 64-bit words of a PCG generator by this package itself (draw.go); distributions are
// tables, because math.Exp and its like may differ in the last bit between processors.
//
// No number of a real subscriber can appear: all lie in ranges that the numbering
// authorities keep for fiction (numbers.go).
package org
