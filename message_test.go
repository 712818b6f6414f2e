package sluice_test

import (
	"errors"
	"log/slog"
	"os"
	"testing"

	"github.com/sluicelog/sluice"
)

func TestMessage(t *testing.T) {
	for _, tt := range []struct {
		r    sluice.Record
		want string
	}{
		{sluice.Record{Level: sluice.Error, Name: "app", Message: "a\nb"}, "a\nb"},
		{sluice.Record{Message: "m", Attrs: []slog.Attr{slog.Int("n", 1), slog.Group("g", slog.String("s", "x y"))}}, `m n=1 g.s="x y"`},
		{sluice.Record{Message: "m", ExcText: "E: x", StackInfo: "Stack:"}, "m\nE: x\nStack:"},
		{sluice.Record{Message: "m\n", ExcText: "E: x\n", StackInfo: "Stack:"}, "m\nE: x\nStack:"},
		{sluice.Record{}, ""},
	} {
		got, err := sluice.Message{}.AppendRecord([]byte("before "), &tt.r)
		if err != nil || string(got) != "before "+tt.want {
			t.Errorf("got %q, %v, want %q", got, err, tt.want)
		}
	}
}

func ExampleMessage() {
	h := sluice.NewHandler(sluice.NewStream(os.Stdout, sluice.Message{}), nil)
	slog.New(h).With("bound", 1).WithGroup("g").Error("it failed", "n", 2, sluice.Exc(errors.New("no reason")))
	// Output:
	// it failed bound=1 g.n=2
	// *errors.errorString: no reason
}
