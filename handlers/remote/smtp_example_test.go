package remote_test

import (
	"log"
	"log/slog"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/handlers/remote"
)

func ExampleNewSMTP() {
	h, err := remote.NewSMTP("mail.example.org:587", "App <app@example.org>", []string{"ops@example.org"}, "Application error", &remote.SMTPOptions{
		Credentials: &remote.SMTPCredentials{Username: "app", Password: "..."},
		Secure:      &remote.SMTPSecure{},
		Options:     remote.Options{Level: sluice.Error},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer h.Close()
	logger := slog.New(h)
	logger.Warn("below Error, so that nothing is sent")
	// Output:
}

func ExampleNewSMTP_digest() {
	critical := sluice.Critical
	h, err := remote.NewSMTP("mail.example.org", "app@example.org", []string{"ops@example.org"}, "Log", &remote.SMTPOptions{
		GetSubject: func(r *sluice.Record) string { return r.LevelText() + ": " + r.Message },
		Digest:     &remote.SMTPDigest{Every: 10 * time.Minute, AtOnce: &critical},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer h.Close()
	logger := slog.New(h)
	logger.Debug("below Info, so that nothing is sent")
	// Output:
}
