package config

import (
	"errors"
	"fmt"
	"runtime"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/handlers"
)

func ntEventLogHandler(b *Builder) (Open, error) {
	var a struct {
		AppName string `json:"appname" config:"required"`
		handlers.NTEventLogOptions
	}
	before, err := b.told(), b.Decode(&a)
	b.Attr("appname", a.AppName)
	b.Attr("dllname", a.DLLName)
	b.Attr("logtype", orElse(a.LogType, "Application"))
	if runtime.GOOS != "windows" {
		b.Fail("", fmt.Errorf("%s: there is an event log on Windows only: %w", b.class, errors.ErrUnsupported))
	}
	o := &a.NTEventLogOptions
	o.Options = handlers.Options{Level: sluice.NotSet, Formatter: b.Formatter(), OnError: b.OnError}
	return func() (sluice.Emitter, func() sluice.Stats, error) {
		h, err := handlers.NewNTEventLog(a.AppName, o)
		if err != nil {
			return nil, nil, err
		}
		return h.Emitter(), nil, nil
	}, b.ready(before, err)
}
