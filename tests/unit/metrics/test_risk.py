import numpy as np
import pytest

from backtest.metrics.risk import beta, information_ratio, sharpe_ratio, tracking_error, volatility

SEE_SAW = np.array([0.01, -0.01, 0.01, -0.01])
FLAT_LINE = np.full(10, 0.001)
ONE_RETURN = np.array([0.02])


def test_volatility_is_the_sample_deviation_over_252_days():
    assert volatility(SEE_SAW) == pytest.approx(np.sqrt(4 * 0.01**2 / 3) * np.sqrt(252))


def test_volatility_of_a_flat_line_is_zero_and_of_one_return_undefined():
    assert volatility(np.zeros(5)) == 0.0
    assert np.isnan(volatility(ONE_RETURN))
    assert np.isnan(volatility(np.array([0.01, np.nan, 0.02])))


def test_volatility_of_variants():
    both = np.column_stack([SEE_SAW, np.zeros(4)])
    assert volatility(both).tolist() == [pytest.approx(float(volatility(SEE_SAW))), 0.0]
    assert np.isnan(volatility(both[:1])).tolist() == [True, True]


def test_tracking_error_is_of_the_difference():
    benchmark = np.array([0.02, 0.0, 0.0, 0.0])
    assert tracking_error(SEE_SAW, benchmark) == pytest.approx(float(volatility(SEE_SAW - benchmark)))
    assert tracking_error(SEE_SAW, SEE_SAW) == 0.0
    np.testing.assert_allclose(
        tracking_error(np.column_stack([SEE_SAW, benchmark]), benchmark),
        [float(volatility(SEE_SAW - benchmark)), 0.0],
    )


def test_information_ratio_has_the_sign_of_the_active_return():
    assert information_ratio(0.08, 0.06, 0.04) == pytest.approx(0.5)
    assert information_ratio(0.05, 0.06, 0.04) == pytest.approx(-0.25)


def test_no_information_ratio_of_a_fund_that_is_its_benchmark_but_for_charges():
    """One basis point of tracking error under a charge of 75 would make -75."""
    assert np.isnan(information_ratio(0.0525, 0.06, 0.0001))
    assert information_ratio(0.0525, 0.06, 0.0005) == pytest.approx(-15.0)


@pytest.mark.parametrize("error", [0.0, 1e-16, np.nan])
def test_information_ratio_without_tracking_error_is_undefined(error):
    assert np.isnan(information_ratio(0.08, 0.06, error))


def test_information_ratio_under_one_year_is_undefined():
    assert np.isnan(information_ratio(np.nan, np.nan, 0.04))


def test_sharpe_ratio_is_above_cash():
    excess = np.array([0.02, 0.0])
    cash = np.array([0.001, 0.002])
    expected = 0.01 * 252 / (np.sqrt(2 * 0.01**2) * np.sqrt(252))
    assert sharpe_ratio(excess + cash, cash) == pytest.approx(expected)
    assert sharpe_ratio(-excess, np.zeros(2)) == pytest.approx(-expected)


def test_sharpe_ratio_of_a_flat_line_is_undefined_not_huge():
    assert np.isnan(sharpe_ratio(FLAT_LINE, np.zeros(10)))
    assert np.isnan(sharpe_ratio(np.cumprod(1.0 + FLAT_LINE)[1:] / np.cumprod(1.0 + FLAT_LINE)[:-1] - 1.0, np.zeros(9)))
    assert np.isnan(sharpe_ratio(ONE_RETURN, np.zeros(1)))


def test_sharpe_ratio_of_variants():
    found = sharpe_ratio(np.column_stack([SEE_SAW + 0.001, FLAT_LINE[:4]]), np.zeros(4))
    assert found[0] == pytest.approx(float(sharpe_ratio(SEE_SAW + 0.001, np.zeros(4)))) and np.isnan(found[1])


def test_beta_is_how_far_a_portfolio_moves_when_the_benchmark_does():
    rng = np.random.default_rng(5)
    market, noise = rng.normal(0.0, 0.01, 500), rng.normal(0.0, 0.01, 500)
    assert beta(market, market) == pytest.approx(1.0)
    assert beta(0.5 * market + 0.001, market) == pytest.approx(0.5)
    assert beta(-market, market) == pytest.approx(-1.0)
    mixed = 0.7 * market + noise
    assert beta(mixed, market) == pytest.approx(np.cov(mixed, market)[0, 1] / np.var(market, ddof=1), rel=1e-12)
    assert beta(np.column_stack([market, mixed]), market) == pytest.approx([1.0, float(beta(mixed, market))])


def test_beta_against_what_does_not_move_is_undefined():
    market = np.array([0.01, -0.01, 0.02])
    assert np.isnan(beta(market, np.full(3, 0.001)))
    assert np.isnan(beta(market[:1], market[:1]))
    assert np.isnan(beta(np.array([0.01, np.nan, 0.0]), market))
