package charset_test

import (
	"fmt"
	"os"

	"github.com/sluicelog/sluice/charset"
)

func ExampleEncoder_AppendEncode() {
	enc, err := charset.Lookup("Shift-JIS")
	if err != nil {
		fmt.Println(err)
		return
	}
	e := charset.NewEncoder(enc, charset.BackslashReplace, nil)
	code, err := e.AppendEncode(nil, "カ €")
	fmt.Printf("%q %v\n", code, err)

	_, err = charset.NewEncoder(enc, charset.Strict, nil).AppendEncode(nil, "カ €")
	fmt.Println(err)
	// Output:
	// "\x83J \\u20ac" <nil>
	// 'shift_jis' codec can't encode character '\u20ac' in position 2: illegal multibyte sequence
}

func ExampleNewWriter() {
	enc, err := charset.Lookup("ascii")
	if err != nil {
		fmt.Println(err)
		return
	}
	w := charset.NewWriter(os.Stdout, charset.NewEncoder(enc, charset.XMLCharRefReplace, nil))
	n, err := w.Write([]byte("10 €\n"))
	fmt.Println(n, err)
	// Output:
	// 10 &#8364;
	// 7 <nil>
}
