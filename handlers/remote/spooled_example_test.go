package remote_test

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/sluicelog/sluice/handlers/remote"
)

// Nobody listens: the record waits on disk.
func ExampleNewSocket_spool() {
	parent, err := os.MkdirTemp("", "spool")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = os.RemoveAll(parent) }()
	dir := filepath.Join(parent, "spool")

	peer := filepath.Join(parent, "peer.sock") // nobody is there yet
	h, err := remote.NewSocket(peer, nil, &remote.SocketOptions{Options: remote.Options{Spool: dir}})
	if err != nil {
		fmt.Println(err)
		return
	}
	slog.New(h).Info("order received")
	fmt.Println(remote.SpooledOf(h).Stats().Held)
	if err := h.Close(); err != nil {
		fmt.Println(err)
	}
	// Output: 1
}
