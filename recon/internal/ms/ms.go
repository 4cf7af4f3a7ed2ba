// Package ms holds the one notion of an instant that recon's packages share:
// whole milliseconds since the Unix epoch, in UTC, written the way RingCentral
// writes it (2020-06-23T01:17:14.330Z).
//
// It exists because time.Time costs three words, compares by wall and monotonic
// parts, and prints with a varying number of digits; a canonical form needs none
// of that. wire.Time and call.Time are both defined on int64 and use these
// functions.
package ms

import (
	"errors"
	"time"
)

// ErrSyntax is returned by Parse for text that is not an RFC 3339 instant.
var ErrSyntax = errors.New("not an RFC 3339 time such as 2020-06-23T01:17:14.330Z")

// Min and Max bound what Parse accepts and Append prints with a four-digit year:
// 0001-01-01T00:00:00.000Z and 9999-12-31T23:59:59.999Z.
const (
	Min int64 = -62135596800000
	Max int64 = 253402300799999
)

// Parse reads an RFC 3339 instant. The usual form, exactly three decimals and Z,
// is read without allocation; every other legal form goes through the time
// package. Digits finer than a millisecond are cut off.
func Parse[T ~string | ~[]byte](s T) (int64, error) {
	if len(s) == 24 && s[4] == '-' && s[7] == '-' && s[10] == 'T' && s[13] == ':' && s[16] == ':' && s[19] == '.' && s[23] == 'Z' {
		year, ok1 := digits(s, 0, 4)
		month, ok2 := digits(s, 5, 2)
		day, ok3 := digits(s, 8, 2)
		hour, ok4 := digits(s, 11, 2)
		minute, ok5 := digits(s, 14, 2)
		second, ok6 := digits(s, 17, 2)
		milli, ok7 := digits(s, 20, 3)
		if ok1 && ok2 && ok3 && ok4 && ok5 && ok6 && ok7 &&
			year >= 1 && month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month) &&
			hour <= 23 && minute <= 59 && second <= 59 {
			return ((daysFromCivil(year, month, day)*24+int64(hour))*60+int64(minute))*60_000 + int64(second)*1000 + int64(milli), nil
		}
	}
	t, err := time.Parse(time.RFC3339Nano, string(s))
	if err != nil {
		return 0, ErrSyntax
	}
	m := t.UnixMilli()
	if m < Min || m > Max {
		return 0, ErrSyntax
	}
	return m, nil
}

// Append writes m as RFC 3339 with exactly three decimals and Z. Instants outside
// Min..Max are clamped to it.
func Append(b []byte, m int64) []byte {
	m = min(max(m, Min), Max)
	days := floorDiv(m, 86_400_000)
	rest := m - days*86_400_000
	y, mo, d := civil(days)
	t := [24]byte{4: '-', 7: '-', 10: 'T', 13: ':', 16: ':', 19: '.', 23: 'Z'}
	two(&t, 0, y/100)
	two(&t, 2, y%100)
	two(&t, 5, mo)
	two(&t, 8, d)
	two(&t, 11, int(rest/3_600_000))
	two(&t, 14, int(rest/60_000%60))
	two(&t, 17, int(rest/1000%60))
	milli := int(rest % 1000)
	t[20] = byte('0' + milli/100)
	two(&t, 21, milli%100)
	return append(b, t[:]...)
}

// two writes a number of two digits.
func two(t *[24]byte, at, v int) {
	t[at], t[at+1] = byte('0'+v/10), byte('0'+v%10)
}

// Time converts to a time.Time in UTC.
func Time(m int64) time.Time { return time.UnixMilli(m).UTC() }

func digits[T ~string | ~[]byte](s T, at, n int) (v int, ok bool) {
	for i := at; i < at+n; i++ {
		c := s[i] - '0'
		if c > 9 {
			return 0, false
		}
		v = v*10 + int(c)
	}
	return v, true
}

func daysIn(year, month int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

// daysFromCivil and civil convert between a proleptic Gregorian date and days
// since 1970-01-01, counting years from March so that leap days fall at the end.
func daysFromCivil(y, m, d int) int64 {
	if m <= 2 {
		y--
	}
	era := floorDiv(int64(y), 400)
	yoe := int64(y) - era*400
	doy := int64((153*((m+9)%12)+2)/5 + d - 1)
	doe := yoe*365 + yoe/4 - yoe/100 + doy
	return era*146097 + doe - 719468
}

func civil(days int64) (y, m, d int) {
	z := days + 719468
	era := floorDiv(z, 146097)
	doe := z - era*146097
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	d = int(doy - (153*mp+2)/5 + 1)
	m = int((mp+2)%12) + 1
	y = int(yoe + era*400)
	if m <= 2 {
		y++
	}
	return y, m, d
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
