package remote

import (
	"context"
	"crypto/tls"
	"errors"
	"net"

	"github.com/sluicelog/sluice/redial"
)

// overTLS puts TLS over what dial connects to, with the name of host where the
// config has none and isHost says that it is one.
func overTLS(dial redial.Dial, config *tls.Config, host string, isHost bool) (redial.Dial, error) {
	config = config.Clone()
	if config.ServerName == "" && !config.InsecureSkipVerify {
		if !isHost || host == "" {
			return nil, errors.New("TLS without a ServerName to be verified")
		}
		config.ServerName = host
	}
	return func(ctx context.Context) (net.Conn, error) {
		nc, err := dial(ctx)
		if err != nil {
			return nil, err
		}
		c := tls.Client(nc, config)
		if err := c.HandshakeContext(ctx); err != nil {
			_ = nc.Close()
			return nil, err
		}
		return c, nil
	}, nil
}
