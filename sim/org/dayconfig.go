package org

import (
	"time"

	"github.com/legworkhq/legwork/sim/pbx"
)

// DayConfig says what a day is like. Only the Mix must be given; each other field's zero
// stands for its default.
type DayConfig struct {
	// Seed decides everything that the other fields leave open.
	Seed uint64
	// Mix says of which facilities the calls are.
	Mix Mix
	// Date on the company's clock. Default Tuesday, 6 January 2026.
	Date Date
	// Zone is how far the company's clock is ahead of UTC, -12 to +14 hours, in whole
	// minutes. Daylight saving is the caller's. Default UTC.
	Zone time.Duration
	// Open and Close are the opening hours, since midnight on the company's clock, to a
	// quarter of an hour. Both zero stand for 08:00 to 18:00.
	Open, Close time.Duration
	// Weekend says that the company opens on Saturdays and Sundays too.
	Weekend bool
	// Calls is how many calls there are, exactly, however quiet the day. Zero leaves it
	// to PerUser.
	Calls int
	// PerUser is how many calls there are for each user on a day that the company is
	// open, at most MaxPerUser; when it is closed there are fewer in proportion. Default
	// 10.
	PerUser int
}

// Date is a day of the calendar, of the years 1970 to 9999.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// Defaults and bounds of DayConfig.
const (
	MaxPerUser     = 10_000
	DefaultOpen    = 8 * time.Hour
	DefaultClose   = 18 * time.Hour
	DefaultPerUser = 10
)

// DefaultDate is an ordinary Tuesday.
var DefaultDate = Date{2026, time.January, 6}

// start is the beginning of the date in UTC.
func (d Date) start() time.Time { return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC) }

// exists is false for 30 February.
func (d Date) exists() bool {
	year, month, day := d.start().Date()
	return d == Date{year, month, day} && year >= 1970 && year <= 9999
}

// validate fills in defaults.
func (c DayConfig) validate() (DayConfig, error) {
	if c.Date == (Date{}) {
		c.Date = DefaultDate
	}
	if c.Open == 0 && c.Close == 0 {
		c.Open, c.Close = DefaultOpen, DefaultClose
	}
	for _, wrong := range []struct {
		is          bool
		field, text string
	}{
		{!c.Date.exists(), "Date", "is not a day of the years 1970 to 9999"},
		{c.Zone < -12*time.Hour || c.Zone > 14*time.Hour, "Zone", "is not between -12 and +14 hours"},
		{c.Zone%time.Minute != 0, "Zone", "is not in whole minutes"},
		{c.Open < 0, "Open", "is before midnight"},
		{c.Close <= c.Open, "Close", "is not after Open"},
		{c.Close > 24*time.Hour, "Close", "is after the day"},
		{c.Calls < 0, "Calls", "is negative"},
		{c.PerUser < 0, "PerUser", "is negative"},
		{c.PerUser > MaxPerUser, "PerUser", "is above 10000"},
	} {
		if wrong.is {
			return c, &ConfigError{wrong.field, wrong.text}
		}
	}
	c.PerUser = either(c.PerUser, DefaultPerUser)
	return c, c.Mix.validate()
}

func (c DayConfig) midnight() time.Time { return c.Date.start().Add(-c.Zone) }

func (c DayConfig) shape() *shape {
	day := c.Date.start().Weekday()
	if !c.Weekend && (day == time.Saturday || day == time.Sunday) {
		return newShape(0, 0)
	}
	return newShape(c.Open, c.Close)
}

func (c DayConfig) calls(company *pbx.Company) int {
	if c.Calls > 0 {
		return c.Calls
	}
	users := 0
	for i := range company.Extensions {
		if company.Extensions[i].Kind == pbx.User {
			users++
		}
	}
	open := newShape(c.Open, c.Close)
	return int(uint64(users*c.PerUser) * c.shape().total() / open.total())
}
