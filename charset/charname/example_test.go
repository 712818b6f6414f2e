package charname_test

import (
	"fmt"

	"github.com/sluicelog/sluice/charset"
	"github.com/sluicelog/sluice/charset/charname"
)

func ExampleOf() {
	ascii, err := charset.Lookup("ascii")
	if err != nil {
		fmt.Println(err)
		return
	}
	text, err := charset.NewEncoder(ascii, charset.NameReplace, charname.Of).AppendEncode(nil, "5 €")
	fmt.Printf("%s %v\n", text, err)
	// Output: 5 \N{EURO SIGN} <nil>
}
