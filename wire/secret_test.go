package wire

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func TestSecretIsNeverPrinted(t *testing.T) {
	o := struct {
		User     string
		Password Secret
		More     *Secret
		Map      map[string]Secret
	}{"u", "hunter2", new(Secret("hunter2")), map[string]Secret{"k": "hunter2"}}
	var all strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%t"} {
		fmt.Fprintf(&all, verb+" "+verb+" "+verb+"\n", o, &o, o.Password)
	}
	all.WriteString(fmt.Sprint(o.Password, o) + fmt.Errorf("%v", o.Password).Error())
	text, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	all.Write(text)
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "o", o, "p", o.Password)
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "o", o, "p", o.Password)
	all.Write(log.Bytes())
	// %x and %d of a text would hide it only from this test.
	for _, leak := range []string{"hunter2", "68756e74657232", "104"} {
		if strings.Contains(all.String(), leak) {
			t.Errorf("%q is in %s", leak, all.String())
		}
	}
	if fmt.Sprintf("[%v]", Secret("")) != "[]" {
		t.Error("no secret prints as one")
	}
	var read struct{ P Secret }
	if err := json.Unmarshal([]byte(`{"P":"x"}`), &read); err != nil || string(read.P) != "x" {
		t.Errorf("%v, %v", string(read.P), err)
	}
}
