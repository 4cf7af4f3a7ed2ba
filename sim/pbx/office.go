package pbx

import "time"

// Office is a small company to try things on: a main menu (900), a second menu (901),
// two queues (700 all at once, 710 one by one), eight users and a paging group. Outside
// numbers, here as everywhere, are of the ranges reserved for fiction.
func Office() *Company {
	user := func(number, name, direct string) Extension {
		return Extension{Number: number, ID: "62254" + number + "008", Name: name, Direct: direct, Device: "8021" + number + "008",
			Mobile: "+1415555014" + number[2:], Mailbox: number != "105" && number != "107"}
	}
	return &Company{
		Name: "Fern & Oak", Account: "400131426008", Number: "+14155550100",
		Extensions: []Extension{
			user("101", "Dana Reyes", "+14155550101"),
			user("102", "Omar Haddad", ""),
			user("103", "Lena Fischer", "+14155550103"),
			user("104", "Ann Lee", "+14155550104"),
			user("105", "Piotr Nowak", ""),
			user("106", "Raj Patel", "+14155550106"),
			user("107", "Mia Chen", ""),
			user("150", "Sam Okafor", "+14155550150"),
			{Number: "700", ID: "62254700008", Name: "Support", Kind: Queue, Direct: "+14155550170", Agents: []string{"104", "106", "107"}, RingFor: 20 * time.Second,
				WaitFor: 75 * time.Second, Overflow: "103"},
			{Number: "710", ID: "62254710008", Name: "Sales", Kind: Queue, Direct: "+14155550171", Agents: []string{"101", "102", "105"}, OneByOne: true,
				RingFor: 15 * time.Second, WaitFor: 100 * time.Second},
			{Number: "790", ID: "62254790008", Name: "All phones", Kind: Paging, Agents: []string{"101", "102", "103"}},
			{Number: "900", ID: "62254900008", Name: "Main menu", Kind: Menu, Keys: []Key{{"1", "710"}, {"2", "700"}, {"3", "901"}, {"0", "101"}}},
			{Number: "901", ID: "62254901008", Name: "Service menu", Kind: Menu, Direct: "+14155550191", Keys: []Key{{"1", "106"}, {"2", "700"}, {"9", "900"}}},
		},
	}
}
