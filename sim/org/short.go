package org

import "strconv"

// shortNumbers are the first n extension numbers of the shortest length, of three
// digits or more, that has so many: 101, 102, ... or 1001, ... No number begins with a
// service code, for a phone could not tell them apart while they are dialled.
func shortNumbers(n int) []string {
	for low := 100; ; low *= 10 {
		if numbers := shorts(low, n); len(numbers) == n {
			return numbers
		}
	}
}

// shorts are the first n usable numbers above low and below ten times low.
func shorts(low, n int) []string {
	numbers := make([]string, 0, n)
	for i := low + 1; i < 10*low && len(numbers) < n; i++ {
		if !service(i / (low / 100)) {
			numbers = append(numbers, strconv.Itoa(i))
		}
	}
	return numbers
}

// service says whether a three-digit code is not for people: 211 to 911 are public
// services, 988 is the crisis line, 8xx are the park locations.
func service(code int) bool { return code%100 == 11 && code > 111 || code == 988 || code/100 == 8 }
