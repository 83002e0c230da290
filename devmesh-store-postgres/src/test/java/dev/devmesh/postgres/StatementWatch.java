package dev.devmesh.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Logger;
import javax.sql.DataSource;

/** A data source that notes every statement which is not part of a transaction that said first whose it is. */
final class StatementWatch implements DataSource {

    private final DataSource real;
    private final List<String> strays = new CopyOnWriteArrayList<>();
    private final AtomicInteger statements = new AtomicInteger();
    private volatile boolean on;

    StatementWatch(DataSource real) {
        this.real = real;
    }

    void watch() {
        on = true;
    }

    List<String> strays() {
        return strays;
    }

    /** Fails if there was a stray. */
    void requireNoStrays() {
        assertThat(strays)
                .as("statements outside a transaction that said whose it is")
                .isEmpty();
    }

    /** Fails if nothing was watched: then there could be no stray. */
    void requireStatements() {
        assertThat(statements).as("statements that were watched").hasPositiveValue();
    }

    @Override
    public Connection getConnection() throws SQLException {
        Watched watched = new Watched(real.getConnection());
        return proxy(Connection.class, watched);
    }

    private final class Watched implements InvocationHandler {

        private final Connection connection;
        private boolean hasBegun;

        Watched(Connection connection) {
            this.connection = connection;
        }

        @Override
        public Object invoke(Object self, Method method, Object[] arguments) throws Throwable {
            Object result = call(connection, method, arguments);
            switch (method.getName()) {
                case "commit", "close" -> hasBegun = false;
                case "rollback" -> hasBegun &= arguments != null;
                case "prepareStatement" -> {
                    String sql = (String) arguments[0];
                    return proxy(PreparedStatement.class, statement(result, sql));
                }
                case "createStatement" -> {
                    return proxy(Statement.class, statement(result, ""));
                }
                default -> {
                    // Says nothing about statements.
                }
            }
            return result;
        }

        private InvocationHandler statement(Object statement, String prepared) {
            return (self, method, arguments) -> {
                if (method.getName().startsWith("execute")) {
                    String sql = prepared.isEmpty() && arguments != null ? (String) arguments[0] : prepared;
                    executed(sql);
                }
                return call(statement, method, arguments);
            };
        }

        private void executed(String sql) throws SQLException {
            if (!on) {
                return;
            }
            statements.incrementAndGet();
            boolean begins = sql.contains("set_config('role'") && sql.contains("set_config('devmesh.tenant_id'");
            if (connection.getAutoCommit() || !hasBegun && !begins) {
                strays.add(sql);
            }
            hasBegun |= begins;
        }
    }

    private static Object call(Object target, Method method, Object[] arguments) throws Throwable {
        try {
            return method.invoke(target, arguments);
        } catch (InvocationTargetException failed) {
            throw failed.getCause();
        }
    }

    private static <T> T proxy(Class<T> type, InvocationHandler handler) {
        return type.cast(Proxy.newProxyInstance(StatementWatch.class.getClassLoader(), new Class<?>[] {type}, handler));
    }

    @Override
    public Connection getConnection(String username, String password) throws SQLException {
        return getConnection();
    }

    @Override
    public PrintWriter getLogWriter() throws SQLException {
        return real.getLogWriter();
    }

    @Override
    public void setLogWriter(PrintWriter out) throws SQLException {
        real.setLogWriter(out);
    }

    @Override
    public void setLoginTimeout(int seconds) throws SQLException {
        real.setLoginTimeout(seconds);
    }

    @Override
    public int getLoginTimeout() throws SQLException {
        return real.getLoginTimeout();
    }

    @Override
    public Logger getParentLogger() {
        return Logger.getGlobal();
    }

    @Override
    public <T> T unwrap(Class<T> type) throws SQLException {
        return real.unwrap(type);
    }

    @Override
    public boolean isWrapperFor(Class<?> type) throws SQLException {
        return real.isWrapperFor(type);
    }
}
